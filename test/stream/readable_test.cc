#include <weir/stream/readable.h>

#include "support/read_test.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

using test::thrown_by;

class ReadableTest : public test::ReadTest {};

// --- Its options ---

TEST_F(ReadableTest, HasNodesMarkUnlessAnotherIsGiven) {
  EXPECT_EQ(readable()->readable_high_water_mark(), 16384u);
  EXPECT_EQ(readable({.high_water_mark = 3})->readable_high_water_mark(), 3u);
  EXPECT_EQ(readable({.high_water_mark = 0})->readable_high_water_mark(), 0u);
  EXPECT_FALSE(readable()->readable_object_mode());
}

TEST_F(ReadableTest, ThrowsForANegativeMark) {
  const Error error = thrown_by([&] { readable({.high_water_mark = -1}); });
  EXPECT_EQ(error.code(), Errc::invalid_arg_value);
}

TEST_F(ReadableTest, ThrowsForAnEncodingThatIsNone) {
  EXPECT_EQ(thrown_by([&] { readable({.encoding = "utf-17"}); }).code(), Errc::unknown_encoding);
}

// --- Its properties through a life ---

TEST_F(ReadableTest, ReportsItsStateFromTheFirstChunkToClose) {
  const auto stream = readable_silent();
  const auto state = [&](std::string_view when) {
    const Flowing flowing = stream->readable_flowing();
    log.add(
        fmt::format("{}: readable={:d} ended={:d} flowing={} length={} did_read={:d} "
                    "aborted={:d} destroyed={:d} closed={:d};",
                    when, stream->readable(), stream->readable_ended(),
                    flowing == std::nullopt ? "undecided"
                    : flowing               ? "yes"
                                            : "no",
                    stream->readable_length(), stream->readable_did_read(),
                    stream->readable_aborted(), stream->destroyed(), stream->closed()));
  };
  logs_reads = false;
  state("new");
  stream->push("a");
  stream->push(nullptr);
  state("pushed");
  stream->on<Data>([&] { state("data"); });
  stream->on<End>([&] { state("end"); });
  stream->on<Close>([&] { state("close"); });
  EXPECT_EQ(after_ticks(),
            "new: readable=1 ended=0 flowing=undecided length=0 did_read=0 aborted=0 destroyed=0 "
            "closed=0; "
            "pushed: readable=1 ended=0 flowing=undecided length=1 did_read=0 aborted=0 "
            "destroyed=0 closed=0; "
            "data: readable=1 ended=0 flowing=yes length=0 did_read=1 aborted=0 destroyed=0 "
            "closed=0; "
            "end: readable=0 ended=1 flowing=yes length=0 did_read=1 aborted=0 destroyed=0 "
            "closed=0; "
            "close: readable=0 ended=1 flowing=yes length=0 did_read=1 aborted=0 destroyed=1 "
            "closed=1;");
}

TEST_F(ReadableTest, DestroyedBeforeItsEndItIsAborted) {
  const auto stream = readable();
  stream->destroy();
  EXPECT_TRUE(stream->readable_aborted());
  EXPECT_FALSE(stream->readable());
  EXPECT_EQ(after_ticks(), "close");
}

TEST_F(ReadableTest, IsDisturbedOnceItWasReadOrGivenUp) {
  const auto read = readable();
  EXPECT_FALSE(read->readable_disturbed());
  read->push("a");
  EXPECT_FALSE(read->readable_disturbed());
  read->read();
  EXPECT_TRUE(read->readable_disturbed());

  const auto given_up = readable();
  given_up->destroy();
  EXPECT_TRUE(given_up->readable_disturbed());
}

// --- The result of push ---

TEST_F(ReadableTest, PushReturnsFalseAtTheMark) {
  const auto stream = readable({.high_water_mark = 3});
  EXPECT_TRUE(stream->push("ab"));
  EXPECT_FALSE(stream->push("c"));
  EXPECT_FALSE(stream->push("d"));
  EXPECT_EQ(stream->readable_length(), 4u);
}

TEST_F(ReadableTest, APushOfNothingEndsTheReadAndAsksAgain) {
  const auto stream = readable();
  EXPECT_TRUE(stream->push(""));
  EXPECT_TRUE(stream->push(Buffer()));
  log.listen_to_data(*stream);
  EXPECT_EQ(after_ticks(), "_read resume");
  EXPECT_TRUE(stream->push(""));
  EXPECT_EQ(after_ticks(), "_read");
}

TEST_F(ReadableTest, PushesTextInItsEncoding) {
  const auto stream = readable_silent();
  stream->push("6162", "hex");
  stream->push("Y2Q=", Encoding::base64);
  EXPECT_EQ(stream->read()->text(), "ab");
  EXPECT_EQ(stream->read()->text(), "cd");
}

TEST_F(ReadableTest, PushesABufferWithoutCopyingIt) {
  const auto stream = readable_silent();
  const Buffer pushed = Buffer::copy("abc");
  stream->push(pushed);
  EXPECT_EQ(stream->read()->data(), pushed.data());
}

TEST_F(ReadableTest, APushAfterDestroyHasNoEffect) {
  const auto stream = readable();
  stream->destroy();
  EXPECT_FALSE(stream->push("x"));
  EXPECT_EQ(stream->readable_length(), 0u);
  EXPECT_EQ(after_ticks(), "close");
}

// --- unshift ---

TEST_F(ReadableTest, UnshiftPutsAChunkBeforeTheOthers) {
  const auto stream = readable_silent();
  stream->push("cd");
  EXPECT_TRUE(stream->unshift("ab"));
  EXPECT_TRUE(stream->unshift(""));
  EXPECT_EQ(stream->read()->text(), "ab");
  EXPECT_EQ(stream->read()->text(), "cd");
}

TEST_F(ReadableTest, UnshiftInADataListenerIsTheNextChunk) {
  const auto stream = readable();
  stream->once<Data>([&](const Data& data) {
    log.add(test::shown(data.chunk));
    stream->unshift("U");
    log.listen_to_data(*stream);
  });
  stream->push("a");
  stream->push("b");
  EXPECT_EQ(after_ticks(), "_read resume a data(U) data(b)");
}

TEST_F(ReadableTest, UnshiftGivesAnEndedStreamMoreBeforeItsEnd) {
  const auto stream = readable();
  stream->push("a");
  stream->push(nullptr);
  EXPECT_EQ(stream->read()->text(), "a");
  EXPECT_FALSE(stream->unshift("b")) << "an ended stream has room for nothing";
  EXPECT_EQ(after_ticks(), "");
  EXPECT_EQ(stream->read()->text(), "b");
  EXPECT_EQ(after_ticks(), "end close");
}

// --- Where its source comes from ---

TEST_F(ReadableTest, IsMadeOfFunctions) {
  {
    const auto stream =
        Readable::make(ticks, {.construct = [&](Done done) { log.add("_construct"), done(); },
                               .read =
                                   [&](Readable& s, std::size_t size) {
                                     log.add(fmt::format("_read({})", size));
                                     s.push("a");
                                     s.push(nullptr);
                                   },
                               .destroy =
                                   [&](Error error, Done done) {
                                     log.add("_destroy", error);
                                     done(std::move(error));
                                   }});
    log.listen(*stream);
    log.listen_to_data(*stream);
  }
  EXPECT_EQ(after_ticks(), "_construct resume _read(16384) data(a) end _destroy close");
}

struct Countdown final : Source {
  void read(Readable& stream, std::size_t) override {
    if (left == 0) return void(stream.push(nullptr));
    stream.push(std::to_string(left--));
  }
  int left = 3;
};

TEST_F(ReadableTest, IsMadeOfASourceOfTheProgramsOwn) {
  const auto stream = Readable::make(ticks, std::make_unique<Countdown>());
  log.listen(*stream);
  log.listen_to_data(*stream);
  EXPECT_EQ(after_ticks(), "resume data(3) data(2) data(1) end close");
}

TEST_F(ReadableTest, IsNotReadBeforeItIsConstructed) {
  std::optional<Done> constructed;
  const auto stream =
      Readable::make(ticks, {.construct = [&](Done done) { constructed.emplace(std::move(done)); },
                             .read =
                                 [&](Readable& s, std::size_t) {
                                   log.add("_read");
                                   s.push("x");
                                   s.push(nullptr);
                                 }});
  log.listen(*stream);
  log.listen_to_data(*stream);
  EXPECT_EQ(after_ticks(), "resume");
  (*std::exchange(constructed, std::nullopt))();
  EXPECT_EQ(after_ticks(), "_read data(x) end close");
}

TEST_F(ReadableTest, FromOneBufferGivesThatAsOneChunk) {
  const auto stream = Readable::from(ticks, Buffer::copy("abc"));
  log.listen(*stream);
  log.listen_to_data(*stream);
  EXPECT_EQ(after_ticks(), "resume data(abc) end close");
}

TEST_F(ReadableTest, FromATextGivesThatAsOneChunk) {
  const auto stream = Readable::from(ticks, "abc");
  log.listen_to_data(*stream);
  EXPECT_EQ(after_ticks(), "data(abc)");
}

TEST_F(ReadableTest, FromARangeOfTextsGivesEachAsAChunk) {
  const std::vector<std::string> lines{"a", "", "bc"};
  const auto stream = Readable::from(ticks, lines);
  EXPECT_EQ(stream->readable_high_water_mark(), 1u);
  log.listen(*stream);
  log.listen_to_data(*stream);
  EXPECT_EQ(after_ticks(), "resume data(a) data(bc) end close");
}

TEST_F(ReadableTest, FromARangeOfItsOwnSharesTheMemoryOfItsBuffers) {
  const Buffer a = Buffer::copy("a");
  const auto stream = Readable::from(ticks, std::vector{a, Buffer::copy("b")});
  const auto first = stream->read();
  EXPECT_EQ(first->data(), a.data());
  EXPECT_EQ(stream->read()->text(), "b");
}

TEST_F(ReadableTest, FromAViewMakesEachTextWhenItIsWanted) {
  int made = 0;
  const auto stream = Readable::from(ticks, std::views::iota(1) | std::views::transform([&](int i) {
                                              ++made;
                                              return std::to_string(i);
                                            }));
  EXPECT_EQ(made, 0);
  EXPECT_EQ(stream->read()->text(), "1");
  ticks.drain();
  EXPECT_LE(made, 3);
  stream->destroy();
}

TEST_F(ReadableTest, FromNoBytesEndsAtOnce) {
  const auto stream = Readable::from(ticks, Buffer());
  log.listen(*stream);
  log.listen_to_data(*stream);
  EXPECT_EQ(after_ticks(), "resume end close");
}

}  // namespace
}  // namespace weir
