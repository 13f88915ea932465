#include <weir/stream/reservation.h>

#include "support/stream_test.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <gmock/gmock.h>

namespace weir {
namespace {

constexpr SinkTraits kMerging = {.writev = true, .delivery = Delivery::until_tick, .merges = true};

void fill(Reservation& space, std::string_view text) {
  ASSERT_LE(text.size(), space.size());
  std::ranges::copy(text, space.data());
}

class ReservationTest : public test::StreamTest {
 protected:
  static bool commit(Reservation space, std::string_view text) {
    fill(space, text);
    return space.commit(text.size());
  }
};

TEST_F(ReservationTest, IsWrittenByItsCommitAndOnlyAsFarAsCommitted) {
  auto stream = make();
  Reservation space = stream->reserve(10);
  EXPECT_EQ(space.size(), 10u);
  fill(space, "abcdefghij");
  EXPECT_EQ(stream->writable_length(), 0u);
  EXPECT_EQ(after_ticks(), "");
  EXPECT_TRUE(space.commit(3, cb("cb")));
  EXPECT_EQ(space.size(), 0u);
  EXPECT_EQ(now(), "_write(abc)");
  sink.complete();
  EXPECT_EQ(after_ticks(), "cb");
}

TEST_F(ReservationTest, IsMergedWithItsNeighboursWithoutACopy) {
  sink.keep_chunks();
  auto stream = make(kMerging);
  stream->write("one ");
  Reservation space = stream->reserve(6);
  const char* const place = space.data();
  fill(space, "two ");
  space.commit(4);
  stream->write("three");
  EXPECT_EQ(after_ticks(), "_writev(one two three)");
  EXPECT_EQ(sink.chunks()[0].text().data() + 4, place);
}

TEST_F(ReservationTest, OneAfterTheOtherIsInOneChunk) {
  auto stream = make(kMerging);
  std::string all;
  for (int i = 0; i < 300; ++i) {
    const std::string text = std::to_string(i) + " ";
    EXPECT_TRUE(commit(stream->reserve(20), text));
    all += text;
  }
  EXPECT_EQ(stream->writable_length(), all.size());
  sink.keep_chunks();
  ticks.drain();
  std::string got;
  for (const Chunk& chunk : sink.chunks()) got += chunk.text();
  EXPECT_EQ(got, all);
  EXPECT_LE(sink.chunks().size(), 3u);  // the blocks are 1 KiB, then 4 KiB
}

TEST_F(ReservationTest, AnswersAsWriteAtTheMark) {
  for (const SinkTraits& traits : {SinkTraits{.write = true}, kMerging}) {
    auto stream = make(traits, {.high_water_mark = 4});
    EXPECT_TRUE(commit(stream->reserve(8), "abc"));
    EXPECT_FALSE(commit(stream->reserve(8), "d"));
    EXPECT_TRUE(stream->writable_need_drain());
    ticks.drain();
    now();
    while (sink.pending() > 0) sink.complete();
    EXPECT_THAT(after_ticks(), testing::HasSubstr("drain"));
  }
}

// Whatever is written in between is in the order of the calls, and damages no bytes.
TEST_F(ReservationTest, SurvivesOtherWrites) {
  const Buffer small = Buffer::copy("small");
  const Buffer large = Buffer::copy(std::string(5000, 'L'));
  for (const SinkTraits& traits : {SinkTraits{.write = true}, kMerging}) {
    for (int kind = 0; kind < 6; ++kind) {
      sink.automatic = true;
      auto stream = make(traits, {.high_water_mark = 1 << 20});
      std::string expected = "before ";
      stream->write("before ");
      Reservation space = stream->reserve(600);
      std::ranges::fill(space, 'r');
      for (int round = 0; round < 40; ++round) {
        const std::string text = "text" + std::to_string(round);
        if (kind == 0) stream->write(text);
        if (kind == 1) stream->print("{}", text);
        if (kind == 2) stream->write(std::as_bytes(std::span(text)));
        if (kind == 3) stream->write(round % 2 == 0 ? small : large);
        if (kind == 4)
          stream->write_with(50, [&](char* begin) { return std::ranges::copy(text, begin).out; });
        if (kind == 5) commit(stream->reserve(50), text);
        expected += kind == 3 ? std::string((round % 2 == 0 ? small : large).text()) : text;
      }
      EXPECT_TRUE(std::ranges::all_of(space, [](char c) { return c == 'r'; }));
      space.commit(600);
      expected += std::string(600, 'r');
      stream->write(" after");
      expected += " after";
      std::string got;
      sink.keep_chunks();
      const std::size_t first = sink.chunks().size();
      ticks.drain();
      if (traits.merges) {
        for (std::size_t i = first; i < sink.chunks().size(); ++i) got += sink.chunks()[i].text();
        EXPECT_EQ(got, expected) << kind;
      }
      now();
    }
  }
}

TEST_F(ReservationTest, EachIsIndependent) {
  auto stream = make(kMerging);
  Reservation one = stream->reserve(3);
  Reservation two = stream->reserve(3);
  Reservation three = stream->reserve(3);
  fill(three, "333");
  fill(one, "111");
  fill(two, "222");
  two.commit(3);
  three.commit(3);
  one.commit(3);
  EXPECT_THAT(after_ticks(), testing::AnyOf("_writev(222333111)", "_writev(222,333111)",
                                            "_writev(222333,111)", "_writev(222,333,111)"));
}

TEST_F(ReservationTest, ThatIsDestroyedWritesNothing) {
  auto stream = make(kMerging);
  stream->write("a");
  {
    Reservation space = stream->reserve(10);
    fill(space, "never");
  }
  stream->write("b");
  EXPECT_EQ(after_ticks(), "_writev(ab)");
}

TEST_F(ReservationTest, ASecondAssignmentGivesTheFirstBack) {
  auto stream = make(kMerging);
  Reservation space = stream->reserve(10);
  fill(space, "first");
  space = stream->reserve(10);
  fill(space, "second");
  space.commit(6);
  Reservation moved = std::move(space);
  EXPECT_EQ(moved.size(), 0u);
  EXPECT_EQ(after_ticks(), "_writev(second)");
}

TEST_F(ReservationTest, MayBeLargerThanASharedBlock) {
  sink.keep_chunks();
  for (const SinkTraits& traits : {SinkTraits{.write = true}, kMerging}) {
    auto stream = make(traits, {.high_water_mark = 1 << 20});
    Reservation space = stream->reserve(100'000);
    std::ranges::fill(space, 'x');
    const char* const place = space.data();
    space.commit(90'000);
    ticks.drain();
    EXPECT_EQ(sink.chunks().back().size(), 90'000u);
    EXPECT_EQ(sink.chunks().back().text().data(), place);
    sink.complete();
    ticks.drain();
  }
}

TEST_F(ReservationTest, CommitOfMoreThanIsReservedThrowsAndKeepsIt) {
  auto stream = make();
  Reservation space = stream->reserve(3);
  fill(space, "abc");
  const Error error = test::thrown_by([&] { space.commit(4, cb("never")); });
  EXPECT_EQ(error, Errc::out_of_range);
  EXPECT_THAT(error.what(),
              testing::HasSubstr("\"size\" is out of range. It must be <= 3. Received 4"));
  EXPECT_EQ(after_ticks(), "");
  EXPECT_TRUE(space.commit(3));
  EXPECT_EQ(now(), "_write(abc)");
}

TEST_F(ReservationTest, ASecondCommitHasNothingLeft) {
  auto stream = make();
  Reservation space = stream->reserve(3);
  space.commit(0);
  EXPECT_EQ(test::thrown_by([&] { space.commit(1); }), Errc::out_of_range);
  EXPECT_TRUE(space.commit(0));
  EXPECT_EQ(after_ticks(), "");
}

TEST_F(ReservationTest, OfNothingIsEmpty) {
  auto stream = make(kMerging, {.high_water_mark = 1});
  Reservation space = stream->reserve(0);
  EXPECT_EQ(space.size(), 0u);
  EXPECT_TRUE(space.commit(0, cb("cb")));
  sink.automatic = true;
  EXPECT_EQ(after_ticks(), "_writev cb");
  sink.automatic = false;
  stream->write("full");
  EXPECT_FALSE(stream->reserve(5).commit(0));
}

TEST_F(ReservationTest, OfAStreamThatIsDestroyedMeanwhileKeepsItsMemory) {
  for (const SinkTraits& traits : {SinkTraits{.write = true}, kMerging}) {
    auto stream = make(traits);
    stream->write("a");
    if (!traits.merges) sink.complete();
    Reservation space = stream->reserve(4);
    stream->destroy();
    while (sink.pending() > 0) sink.complete();
    ticks.drain();
    now();
    stream = nullptr;  // the reservation keeps it
    fill(space, "late");
    EXPECT_FALSE(space.commit(4, cb("cb")));
    EXPECT_EQ(after_ticks(), "cb(ERR_STREAM_DESTROYED)");
  }
}

TEST_F(ReservationTest, OfADestroyedStreamCanBeFilledAndIsRefused) {
  auto stream = make();
  stream->destroy();
  EXPECT_EQ(after_ticks(), "close");
  Reservation space = stream->reserve(4);
  fill(space, "text");
  EXPECT_FALSE(space.commit(4));
  EXPECT_FALSE(stream->reserve(4).commit(0));
  EXPECT_EQ(after_ticks(), "");
}

TEST_F(ReservationTest, AfterTheEndIsAWriteAfterTheEnd) {
  auto stream = make(kMerging);
  Reservation space = stream->reserve(4);
  sink.automatic = true;
  stream->end();
  EXPECT_FALSE(space.commit(4, cb("cb")));
  EXPECT_THAT(
      after_ticks(),
      testing::HasSubstr("cb(ERR_STREAM_WRITE_AFTER_END) error(ERR_STREAM_WRITE_AFTER_END)"));
}

TEST_F(ReservationTest, OutlivesTheEndOfTheQueue) {
  std::optional<Reservation> space;
  {
    auto stream = make_silent(kMerging);
    space.emplace(stream->reserve(4));
  }
  ticks.close();
  fill(*space, "late");
  EXPECT_FALSE(space->commit(4));
  space.reset();
}

TEST_F(ReservationTest, OfACorkedStreamWaitsWithTheOthers) {
  auto stream = make(kMerging);
  stream->cork();
  stream->write("a");
  commit(stream->reserve(4), "b");
  EXPECT_EQ(after_ticks(), "");
  stream->uncork();
  EXPECT_EQ(now(), "_writev(ab)");
}

// The room of earlier writes, in which a commit calls nothing, may be gone.
TEST_F(ReservationTest, IsDeliveredWhateverHappensBetweenReserveAndCommit) {
  const std::pair<std::function<void(Writable&)>, std::string_view> cases[] = {
      {[](Writable&) {}, "_writev(one two)"},
      {[&](Writable&) { ticks.drain(); }, "_writev(one ) _writev(two)"},
      {[](Writable& stream) { stream.write("more "); }, "_writev(one ,more two)"},
      {[](Writable& stream) { stream.flush([] {}); }, "_writev(one two)"},
      {[](Writable& stream) { stream.cork(); }, ""},
  };
  for (const auto& [interlude, expected] : cases) {
    auto stream = make(kMerging);
    stream->write("one ");
    Reservation space = stream->reserve(10);
    fill(space, "two");
    interlude(*stream);
    EXPECT_TRUE(space.commit(3));
    ticks.drain();
    sink.complete();
    EXPECT_EQ(after_ticks(), expected);
    stream->destroy();
    after_ticks();
  }
}

TEST_F(ReservationTest, AnswersFalseAtTheMarkAfterASeriesOfCommits) {
  auto stream = make(kMerging, {.high_water_mark = 100});
  stream->write("0123456789");
  int commits = 0;
  while (commit(stream->reserve(20), "0123456789")) ++commits;
  EXPECT_EQ(commits, 8);
  EXPECT_EQ(stream->writable_length(), 100u);
}

}  // namespace
}  // namespace weir
