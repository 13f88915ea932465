#include <weir/stream/duplex.h>

#include "support/stream_test.h"

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

using test::thrown_by;

static_assert(std::derived_from<Duplex, Readable>);
static_assert(std::derived_from<Duplex, Writable>);
static_assert(std::derived_from<ObjectDuplex<int, std::string>, ObjectWritable<int>>);
static_assert(std::derived_from<ObjectDuplex<int, std::string>, ObjectReadable<std::string>>);

class DuplexTest : public test::StreamTest {
 protected:
  // Reads only data pushed by the test; writes are done at once.
  Ref<Duplex> quiet(const DuplexOptions& options = {}) {
    auto stream = Duplex::make(
        ticks, {.read = [](Readable&, std::size_t) {}, .write = [](Chunk, Done done) { done(); }},
        options);
    log.listen(*stream);
    return stream;
  }
};

// --- Two sides ---

TEST_F(DuplexTest, EachSideHasItsMark) {
  const auto apart = quiet({.readable_high_water_mark = 1, .writable_high_water_mark = 2});
  EXPECT_EQ(apart->readable_high_water_mark(), 1u);
  EXPECT_EQ(apart->writable_high_water_mark(), 2u);
  const auto shared = quiet({.high_water_mark = 5, .readable_high_water_mark = 1});
  EXPECT_EQ(shared->readable_high_water_mark(), 5u);
  EXPECT_EQ(shared->writable_high_water_mark(), 5u);
}

TEST_F(DuplexTest, EachSideCountsInItsOwnUnits) {
  const auto stream =
      ObjectDuplex<Chunk, int>::make(ticks, {.read = [](ObjectReadable<int>&, std::size_t) {},
                                             .write = [](Chunk, Done done) { done(); }});
  EXPECT_EQ(stream->readable_high_water_mark(), 16u);
  EXPECT_EQ(stream->writable_high_water_mark(), 16384u);
  EXPECT_TRUE(stream->readable_object_mode());
  EXPECT_FALSE(stream->writable_object_mode());
}

TEST_F(DuplexTest, ThrowsForANegativeMark) {
  for (const DuplexOptions& options :
       {DuplexOptions{.high_water_mark = -1}, DuplexOptions{.readable_high_water_mark = -1},
        DuplexOptions{.writable_high_water_mark = -1}})
    EXPECT_EQ(thrown_by([&] { quiet(options); }).code(), Errc::invalid_arg_value);
}

TEST_F(DuplexTest, WrittenAndReadDataAreSeparate) {
  const auto stream = quiet();
  log.listen_to_data(*stream);
  stream->write("out");
  EXPECT_EQ(after_ticks(), "resume");
  stream->push("in");
  EXPECT_EQ(now(), "data(in)");
}

TEST_F(DuplexTest, BuffersEachSideByItself) {
  std::optional<Done> pending;
  const auto stream =
      Duplex::make(ticks,
                   {.read = [](Readable&, std::size_t) {},
                    .write = [&](Chunk, Done done) { pending.emplace(std::move(done)); }},
                   {.high_water_mark = 2});
  log.listen(*stream);
  EXPECT_FALSE(stream->write("abc"));
  EXPECT_TRUE(stream->push("x"));
  EXPECT_EQ(stream->writable_length(), 3u);
  EXPECT_EQ(stream->readable_length(), 1u);
  EXPECT_TRUE(stream->writable_need_drain());
  (*std::exchange(pending, std::nullopt))();
  EXPECT_EQ(after_ticks(), "drain");
}

// --- How it ends ---

TEST_F(DuplexTest, ClosesWhenBothSidesAreThrough) {
  const auto stream = quiet();
  stream->resume();
  stream->end();
  EXPECT_EQ(after_ticks(), "prefinish resume finish");
  EXPECT_FALSE(stream->destroyed());
  stream->push(nullptr);
  EXPECT_EQ(after_ticks(), "end close");
}

TEST_F(DuplexTest, StaysWritableAfterItsEnd) {
  const auto stream = quiet();
  stream->resume();
  stream->push(nullptr);
  EXPECT_EQ(after_ticks(), "resume end");
  EXPECT_TRUE(stream->allow_half_open());
  EXPECT_TRUE(stream->writable());
  stream->end();
  EXPECT_EQ(after_ticks(), "prefinish finish close");
}

TEST_F(DuplexTest, WithoutHalfOpenItsEndEndsTheWritableSide) {
  const auto stream = quiet({.allow_half_open = false});
  stream->resume();
  stream->push(nullptr);
  EXPECT_EQ(after_ticks(), "resume end prefinish finish close");
}

TEST_F(DuplexTest, WithoutAReadableSideItIsAWritable) {
  const auto stream = quiet({.readable = false});
  EXPECT_FALSE(stream->readable());
  stream->end();
  EXPECT_EQ(after_ticks(), "prefinish finish close");
  EXPECT_FALSE(stream->readable_aborted());
}

TEST_F(DuplexTest, WithoutAWritableSideItIsAReadable) {
  const auto stream = quiet({.writable = false});
  EXPECT_FALSE(stream->writable());
  EXPECT_TRUE(stream->writable_ended());
  EXPECT_TRUE(stream->writable_finished());
  stream->resume();
  stream->push(nullptr);
  EXPECT_EQ(after_ticks(), "resume end close");
}

// --- Errors ---

TEST_F(DuplexTest, AnErrorOfAWriteEndsBothSides) {
  const auto stream = Duplex::make(ticks, {.read = [](Readable&, std::size_t) {},
                                           .write = [](Chunk, Done done) { done(Error("w")); }});
  log.listen(*stream);
  stream->resume();
  stream->write("a", cb("cb"));
  EXPECT_EQ(after_ticks(), "resume cb(w) error(w) close");
  EXPECT_FALSE(stream->readable());
  EXPECT_FALSE(stream->writable());
  EXPECT_FALSE(stream->push("x"));
}

TEST_F(DuplexTest, AnErrorOfTheReadEndsBothSides) {
  const auto stream = quiet();
  stream->push(nullptr);
  stream->push("late");
  EXPECT_EQ(after_ticks(), "error(ERR_STREAM_PUSH_AFTER_EOF) close");
  EXPECT_FALSE(stream->write("a", cb("cb")));
  EXPECT_EQ(after_ticks(), "cb(ERR_STREAM_DESTROYED)");
}

TEST_F(DuplexTest, TextIsDecodedAndEncodedAsTheOptionsSay) {
  const auto stream = Duplex::make(
      ticks,
      {.read = [](Readable&, std::size_t) {},
       .write = [this](Chunk chunk, Done done) { log.add(test::shown(chunk)), done(); }},
      {.encoding = "hex", .decode_strings = false});
  stream->write("é");
  stream->push("é");
  EXPECT_EQ(stream->read()->text(), "c3a9");
  EXPECT_EQ(now(), "utf8:é");
}

// --- A resource of the program's own ---

struct Echo final : Source, Sink {
  void write(Chunk chunk, Done done) override { stream->push(std::move(chunk)), done(); }
  void final(Done done) override { stream->push(nullptr), done(); }
  void read(Readable&, std::size_t) override {}
  Duplex* stream = nullptr;
};

TEST_F(DuplexTest, IsMadeOfOneResourceForBothDirections) {
  auto owned = std::make_unique<Echo>();
  Echo& echo = *owned;
  const auto stream = Duplex::make(ticks, std::move(owned));
  echo.stream = stream.get();
  log.listen(*stream);
  log.listen_to_data(*stream);
  stream->write("a");
  stream->end("b", cb("endcb"));
  EXPECT_EQ(after_ticks(), "prefinish resume data(a) data(b) endcb finish end close");
}

TEST_F(DuplexTest, IsConstructedAndDestroyedOnceForBothSides) {
  std::optional<Done> constructed;
  const auto stream = Duplex::make(
      ticks, {.construct = [&](Done done) { constructed.emplace(std::move(done)); },
              .read = [&](Readable& s, std::size_t) { log.add("_read"), s.push(nullptr); },
              .write = [&](Chunk chunk,
                           Done done) { log.add("_write(" + test::shown(chunk) + ")"), done(); },
              .final = [&](Done done) { log.add("_final"), done(); },
              .destroy = [&](Error, Done done) { log.add("_destroy"), done(); }});
  log.listen(*stream);
  stream->resume();
  stream->end("a");
  EXPECT_EQ(after_ticks(), "resume");
  (*std::exchange(constructed, std::nullopt))();
  EXPECT_EQ(after_ticks(), "_write(a) _final prefinish _read finish end _destroy close");
}

// --- Lifetime ---

TEST_F(DuplexTest, DroppedUnusedItCloses) {
  quiet();
  EXPECT_EQ(after_ticks(), "close");
}

TEST_F(DuplexTest, DroppedWithItsWritableSideEndedItFinishesAndCloses) {
  quiet()->end("a", cb("endcb"));
  EXPECT_EQ(after_ticks(), "prefinish endcb finish close");
}

TEST_F(DuplexTest, AListenerThatOwnsItsStreamIsFreedAfterClose) {
  const auto witness = std::make_shared<int>();
  {
    const auto stream = quiet();
    stream->on<Data>([stream, witness] {});
    stream->on<Drain>([stream, witness] {});
    stream->on<End>([stream, witness] {});
    stream->on<Finish>([stream, witness] {});
    stream->on<Close>([stream, witness] {});
    stream->destroy();
  }
  ticks.drain();
  EXPECT_EQ(witness.use_count(), 1);
}

TEST_F(DuplexTest, PipedIntoItselfItReturnsItsData) {
  std::vector<std::string> written;
  {
    const auto stream = Duplex::make(ticks, {.read = [](Readable&, std::size_t) {},
                                             .write =
                                                 [&](Chunk chunk, Done done) {
                                                   written.emplace_back(chunk.text());
                                                   done();
                                                 }});
    log.listen(*stream);
    stream->pipe(stream);
    stream->push("a");
    stream->push("b");
    stream->push(nullptr);
  }
  EXPECT_EQ(after_ticks(), "pipe resume end prefinish finish pause unpipe close");
  EXPECT_EQ(written, (std::vector<std::string>{"a", "b"}));
}

TEST_F(DuplexTest, AListenerOfEndThatThrowsDoesNotCostClose) {
  const auto stream = quiet({.allow_half_open = false});
  stream->once<End>([] { throw Error("thrown"); });
  stream->resume();
  stream->push(nullptr);
  EXPECT_THROW(ticks.drain(), Error);
  ticks.drain();
  EXPECT_TRUE(stream->closed());
}

}  // namespace
}  // namespace weir
