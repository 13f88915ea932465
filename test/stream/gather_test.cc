#include "support/stream_test.h"
#include <weir/base/slab.h>
#include <weir/stream/writable.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace weir {
namespace {

class GatherTest : public test::StreamTest {
 protected:
  static constexpr SinkTraits kGathers{
      .write = true, .writev = true, .delivery = Delivery::until_tick, .merges = true};

  // Waits for more until no tick is left.
  static constexpr SinkTraits kPatient{
      .write = true, .writev = true, .delivery = Delivery::until_idle, .merges = true};

  Ref<Writable> gathering(const WritableOptions& options = {}) { return make(kGathers, options); }
};

TEST_F(GatherTest, MergesTheSmallWritesOfOneTickIntoOne) {
  const auto stream = gathering();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(stream->print("{};", i));
  stream->write(std::as_bytes(std::span("bytes;", 6)));
  stream->write(Buffer::copy("buffer;"));
  stream->write("3b", "hex");
  EXPECT_EQ(now(), "");
  EXPECT_EQ(stream->writable_length(), 24u);
  EXPECT_EQ(after_ticks(), "_writev(0;1;2;3;4;bytes;buffer;;)");
  sink.complete();
  EXPECT_EQ(stream->writable_length(), 0u);
}

TEST_F(GatherTest, HandsASingleWriteOnByWritevToo) {
  const auto stream = gathering();
  stream->write("a");
  EXPECT_EQ(after_ticks(), "_writev(a)");
}

TEST_F(GatherTest, MergesWritesDuringAWrite) {
  const auto stream = gathering();
  stream->write("a");
  ticks.drain();
  stream->write("b");
  EXPECT_EQ(after_ticks(), "_writev(a)");
  stream->write("c");
  sink.complete();
  EXPECT_EQ(now(), "_writev(bc)");
}

TEST_F(GatherTest, DoesNotWaitForTheTickOnceTheMarkIsReached) {
  const auto stream = gathering({.high_water_mark = 4});
  EXPECT_TRUE(stream->write("abc"));
  EXPECT_EQ(now(), "");
  EXPECT_FALSE(stream->write("d"));
  EXPECT_EQ(now(), "_writev(abcd)");
  EXPECT_TRUE(stream->writable_need_drain());
  sink.complete();
  EXPECT_EQ(after_ticks(), "drain");
}

TEST_F(GatherTest, WaitsForAllTicksWhereTheSinkAsksForThat) {
  const auto stream = make(kPatient);
  stream->write("a");
  ticks.next_tick([&] {
    stream->write("b");
    ticks.next_tick([&] { stream->write("c"); });
  });
  EXPECT_EQ(after_ticks(), "_writev(abc)");
}

TEST_F(GatherTest, PassesOnWritesThatWaitForAllTicksBeforeItIsDestroyed) {
  const auto stream = make(kPatient);
  stream->write("a", cb("cb"));
  ticks.next_tick([&] { stream->destroy(); });
  EXPECT_EQ(after_ticks(), "_writev(a) close");
}

TEST_F(GatherTest, CallsBackEachWriteInOrder) {
  const auto stream = gathering();
  stream->write("a", cb("cbA"));
  stream->write("b");
  stream->write("c", cb("cbC"));
  stream->write("d", cb("cbD"));
  EXPECT_EQ(after_ticks(), "_writev(abcd)");
  sink.complete();
  EXPECT_EQ(now(), "cbA cbC cbD");
}

TEST_F(GatherTest, CallsBackOnATickWhereTheSinkIsDoneAtOnce) {
  sink.automatic = true;
  const auto stream = gathering({.high_water_mark = 2});
  stream->write("ab", cb("cb"));
  EXPECT_EQ(now(), "_writev(ab)");
  EXPECT_EQ(after_ticks(), "cb");
}

TEST_F(GatherTest, SharesALargeBufferInsteadOfCopyingIt) {
  sink.keep_chunks();
  const auto stream = make_silent(kGathers, {.high_water_mark = 1 << 20});
  const Buffer large = Buffer::adopt(std::string(8192, 'x'));
  ASSERT_FALSE(Slab::takes(large.size()));
  stream->write("before");
  stream->write(large);
  stream->write("after");
  stream->write("wards");
  ticks.drain();
  ASSERT_EQ(sink.chunks().size(), 3u);
  EXPECT_EQ(sink.chunks()[0].text(), "before");
  EXPECT_EQ(sink.chunks()[1].data(), large.data());
  EXPECT_EQ(sink.chunks()[2].text(), "afterwards");
  EXPECT_EQ(stream->writable_length(), 6u + 8192u + 10u);
}

TEST_F(GatherTest, CopiesLargeTextButDoesNotMergeIt) {
  sink.keep_chunks();
  const auto stream = make_silent(kGathers, {.high_water_mark = 1 << 20});
  std::string text(8192, 'x');
  stream->write("a");
  stream->write(text);
  text.assign(text.size(), 'y');
  ticks.drain();
  ASSERT_EQ(sink.chunks().size(), 2u);
  EXPECT_EQ(sink.chunks()[1].text(), std::string(8192, 'x'));
}

TEST_F(GatherTest, KeepsEveryByteOfManyWritesInOrder) {
  sink.keep_chunks();
  sink.automatic = true;
  const auto stream = make_silent(kGathers);
  std::string written;
  for (int i = 0; i < 20000; ++i) {
    const std::string line =
        fmt::format("{}:{}\n", i, std::string(static_cast<std::size_t>(i % 97), 'z'));
    written += line;
    stream->write(line);
    if (i % 1000 == 0) ticks.drain();
  }
  stream->end();
  ticks.drain();
  std::string received;
  for (const Chunk& chunk : sink.chunks()) received += chunk.text();
  EXPECT_EQ(received, written);
  EXPECT_TRUE(stream->writable_finished());
}

TEST_F(GatherTest, TakesEmptyWrites) {
  const auto stream = gathering();
  stream->write("", cb("cb1"));
  stream->write("a", cb("cb2"));
  stream->write(Buffer(), cb("cb3"));
  EXPECT_EQ(stream->writable_length(), 1u);
  ticks.drain();
  sink.complete();
  EXPECT_TRUE(now().ends_with("cb1 cb2 cb3"));
}

// --- Corks and the end ---

TEST_F(GatherTest, ACorkHoldsBackBeyondTheTickAndTheMark) {
  const auto stream = gathering({.high_water_mark = 2});
  stream->cork();
  stream->write("a");
  EXPECT_FALSE(stream->write("bcd"));
  EXPECT_EQ(after_ticks(), "");
  stream->write("e");
  stream->uncork();
  EXPECT_EQ(now(), "_writev(abcde)");
}

TEST_F(GatherTest, ATickThatFindsACorkLeavesItAll) {
  const auto stream = gathering();
  stream->write("a");
  stream->cork();
  EXPECT_EQ(after_ticks(), "");
  stream->uncork();
  EXPECT_EQ(now(), "_writev(a)");
}

TEST_F(GatherTest, EndHandsEverythingOnAtOnce) {
  const auto stream = gathering();
  stream->write("a", cb("cbA"));
  stream->end("b", cb("endcb"));
  EXPECT_EQ(now(), "_writev(a,b)");
  sink.complete();
  EXPECT_EQ(after_ticks(), "cbA prefinish endcb finish close");
}

TEST_F(GatherTest, EndDuringAWriteHandsTheRestOnWhenThatIsDone) {
  const auto stream = gathering();
  stream->write("a");
  ticks.drain();
  stream->write("b");
  stream->end(cb("endcb"));
  sink.complete();
  EXPECT_EQ(now(), "_writev(a) _writev(b)");
  sink.complete();
  EXPECT_EQ(after_ticks(), "prefinish endcb finish close");
}

TEST_F(GatherTest, ConstructHoldsItAllBack) {
  SinkTraits traits = kGathers;
  traits.construct = true;
  const auto stream = make(traits, {.high_water_mark = 2});
  stream->write("abc");
  stream->write("d");
  EXPECT_EQ(after_ticks(), "_construct");
  sink.complete();
  EXPECT_EQ(after_ticks(), "_writev(abcd)");
}

// --- Errors ---

TEST_F(GatherTest, AFailedWriteFailsItsBatchAndLaterWrites) {
  const auto stream = gathering();
  stream->write("a", cb("cbA"));
  stream->write("b", cb("cbB"));
  ticks.drain();
  stream->write("c", cb("cbC"));
  stream->end(cb("endcb"));
  sink.complete_with(Error("failed"));
  EXPECT_EQ(after_ticks(),
            "_writev(ab) cbA(failed) cbB(failed) cbC(failed) endcb(failed) error(failed) close");
}

TEST_F(GatherTest, AWriteThatFailsAtOnceFailsBufferedWrites) {
  sink.automatic = true;
  sink.fails = Error("failed");
  const auto stream = gathering();
  stream->write("a", cb("cbA"));
  ticks.next_tick([&] { EXPECT_FALSE(stream->write("b", cb("cbB"))); });
  EXPECT_EQ(after_ticks(), "_writev(a) cbA(failed) cbB(failed) error(failed) close");
}

// As in Node, where the sink has had the first one by then.
TEST_F(GatherTest, DestroyBeforeTheTickPassesBufferedWritesOn) {
  for (const SinkTraits& traits : {kGathers, kPatient}) {
    const auto stream = make(traits);
    stream->write("a", cb("cbA"));
    stream->write("b", cb("cbB"));
    stream->destroy(Error("boom"));
    EXPECT_EQ(now(), "_writev(ab)");
    EXPECT_EQ(after_ticks(), "error(boom) close");
    sink.complete();
    EXPECT_EQ(after_ticks(), "cbA cbB");
    EXPECT_EQ(stream->writable_length(), 0u);
  }
}

TEST_F(GatherTest, OfAFailedBatchOnlyTheFirstWriteHasItsError) {
  const auto stream = gathering();
  stream->write("a", cb("cbA"));
  stream->write("b", cb("cbB"));
  stream->write("c");
  stream->write("d", cb("cbD"));
  stream->destroy(Error("boom"));
  EXPECT_EQ(now(), "_writev(abcd)");
  sink.complete_with(Error("late"));
  EXPECT_EQ(after_ticks(), "cbA(late) cbB(boom) cbD(boom) error(boom) close");
}

TEST_F(GatherTest, WritesAfterOneWithoutACallbackHaveTheStreamsError) {
  const auto stream = gathering();
  stream->write("a");
  stream->write("b", cb("cbB"));
  stream->destroy(Error("boom"));
  sink.complete_with(Error("late"));
  EXPECT_EQ(after_ticks(), "_writev(ab) cbB(boom) error(boom) close");
}

// Node makes one batch of these as well.
TEST_F(GatherTest, CorkedWritesAndThoseDuringAWriteFailTogether) {
  const auto corked = gathering();
  corked->cork();
  corked->write("a", cb("cbA"));
  corked->write("b", cb("cbB"));
  corked->uncork();
  corked->destroy(Error("boom"));
  sink.complete_with(Error("late"));
  EXPECT_EQ(after_ticks(), "_writev(ab) cbA(late) cbB(late) error(boom) close");

  const auto busy = gathering();
  busy->write("a");
  ticks.drain();
  busy->write("b", cb("cbB"));
  busy->write("c", cb("cbC"));
  sink.complete();
  busy->destroy(Error("boom"));
  sink.complete_with(Error("late"));
  EXPECT_EQ(after_ticks(), "_writev(a) _writev(bc) cbB(late) cbC(late) error(boom) close");
}

TEST_F(GatherTest, TheEndOfADestroyedStreamIsCalledBackAfterTheFirstWrite) {
  sink.automatic = true;
  const auto stream = gathering();
  stream->write("a", cb("cbA"));
  stream->write("b", cb("cbB"));
  stream->end(cb("end"));
  stream->destroy(Error("boom"));
  EXPECT_EQ(after_ticks(), "_writev(ab) prefinish cbA end(boom) cbB error(boom) close");
}

TEST_F(GatherTest, RefusesWritesAfterEndAndDestroy) {
  const auto ended = gathering();
  ended->end();
  EXPECT_FALSE(ended->write("a", cb("cb")));
  EXPECT_EQ(after_ticks(),
            "prefinish cb(ERR_STREAM_WRITE_AFTER_END) error(ERR_STREAM_WRITE_AFTER_END) close");
  const auto destroyed = gathering();
  destroyed->destroy();
  EXPECT_FALSE(destroyed->print("{}", 1));
  EXPECT_FALSE(destroyed->write("a", cb("cb")));
  EXPECT_EQ(after_ticks(), "close cb(ERR_STREAM_DESTROYED)");
}

TEST_F(GatherTest, AWriteThatThrowsLeavesTheTick) {
  const auto stream = gathering();
  stream->write("a", cb("never"));
  sink.inside = [] { throw Error("thrown"); };
  EXPECT_EQ(test::thrown_by([&] { ticks.drain(); }).message(), "thrown");
  stream->write("b");
  EXPECT_EQ(after_ticks(), "_writev(a)");
}

TEST_F(GatherTest, DroppedBeforeTheTickItWritesAllTheSame) {
  gathering()->write("a", cb("cb"));
  EXPECT_EQ(after_ticks(), "_writev(a)");
  sink.complete();
  EXPECT_EQ(after_ticks(), "cb close");
}

TEST_F(GatherTest, AWriteOfWritevToItsOwnStreamIsPassedOnNext) {
  const auto stream = gathering();
  sink.inside = [&] { stream->write("x", cb("cbX")); };
  stream->write("a", cb("cbA"));
  EXPECT_EQ(after_ticks(), "_writev(a)");
  sink.complete();
  EXPECT_EQ(after_ticks(), "_writev(x) cbA");
  sink.complete();
  EXPECT_EQ(after_ticks(), "cbX");
  EXPECT_EQ(stream->writable_length(), 0u);
}

TEST_F(GatherTest, AStreamThatDoesNotGatherHandsEmptyBytesOn) {
  const auto stream = make();
  EXPECT_TRUE(stream->write(std::span<const std::byte>()));
  EXPECT_EQ(now(), "_write");
}

TEST_F(GatherTest, KeepsTheOrderOfSmallAndLargeChunksOfEveryKind) {
  const auto stream = gathering({.high_water_mark = 1 << 20});
  const std::string large(5000, 'x');
  stream->write("a");
  stream->write(Buffer::copy(large));
  stream->write("b", cb("cb"));
  stream->write(large);
  stream->print("{}", 'c');
  stream->write("64", "hex");
  stream->print("{}", large);
  stream->end("e");
  EXPECT_EQ(after_ticks(), "_writev(a," + large + ",b," + large + ",cd," + large + ",e)");
  sink.complete();
  EXPECT_EQ(now(), "cb prefinish");
}

TEST_F(GatherTest, BufferedWritesArePartOfTheQueue) {
  const auto stream = gathering();
  stream->write("ab");
  stream->write("cd");
  ASSERT_EQ(stream->writable_buffer().size(), 1u);
  EXPECT_EQ(stream->writable_buffer()[0].text(), "abcd");
  stream->write("ef");
  EXPECT_EQ(after_ticks(), "_writev(abcd,ef)");
}

TEST_F(GatherTest, CorkedWritesFailWithTheStream) {
  const auto stream = gathering();
  stream->cork();
  stream->write("ab");
  stream->write("cd", cb("cb"));
  stream->destroy(Error("reason"));
  EXPECT_EQ(after_ticks(), "cb(reason) error(reason) close");
  EXPECT_EQ(stream->writable_length(), 0u);
}

TEST_F(GatherTest, WriteWithComesAfterBufferedWrites) {
  const auto stream = gathering({.high_water_mark = 10});
  const auto digits = [](std::string_view text) {
    return [text](char* begin) { return std::ranges::copy(text, begin).out; };
  };
  EXPECT_TRUE(stream->write_with(8, digits("ab")));
  EXPECT_TRUE(stream->write_with(8, digits("")));
  EXPECT_TRUE(stream->write("c"));
  EXPECT_TRUE(stream->write_with(4, digits("def")));
  EXPECT_EQ(stream->writable_length(), 6u);
  EXPECT_FALSE(stream->write_with(4, digits("ghij")));
  EXPECT_EQ(now(), "_writev(abcdefghij)");
  EXPECT_EQ(stream->writable_length(), 10u);
}

TEST_F(GatherTest, WriteWithWorksWithoutBufferedWrites) {
  const auto stream = make();
  EXPECT_TRUE(stream->write_with(4, [](char* begin) { return begin; }));
  sink.complete();
  stream->write_with(4, [](char* begin) {
    *begin = 'a';
    return begin + 1;
  });
  EXPECT_EQ(after_ticks(), "_write _write(a)");
}

}  // namespace
}  // namespace weir
