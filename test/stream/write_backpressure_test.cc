#include "support/stream_test.h"
#include <weir/stream/writable.h>

#include <algorithm>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace weir {
namespace {

class BackpressureTest : public test::StreamTest {
 protected:
  Ref<Writable> with_mark(std::int64_t mark) {
    return make({.write = true}, {.high_water_mark = mark});
  }
};

TEST_F(BackpressureTest, WriteAnswersFalseFromTheMarkOn) {
  const auto stream = with_mark(4);
  EXPECT_TRUE(stream->write("abc"));
  EXPECT_FALSE(stream->writable_need_drain());
  EXPECT_FALSE(stream->write("d"));  // equal to the mark is full
  EXPECT_TRUE(stream->writable_need_drain());
  EXPECT_FALSE(stream->write("e"));
  EXPECT_EQ(stream->writable_length(), 5u);
}

TEST_F(BackpressureTest, AWriteAboveTheMarkIsAccepted) {
  const auto stream = with_mark(1);
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(stream->print("{}", i));
  EXPECT_EQ(stream->writable_length(), 10u);
  sink.automatic = true;
  sink.complete();
  EXPECT_EQ(after_ticks(),
            "_write(0) _write(1) _write(2) _write(3) _write(4) _write(5) _write(6) _write(7) "
            "_write(8) _write(9) drain");
}

TEST_F(BackpressureTest, ASinkThatIsDoneAtOnceNeverFillsTheBuffer) {
  sink.automatic = true;
  for (const int mark : {0, 1, 4}) {
    const auto stream = with_mark(mark);
    EXPECT_TRUE(stream->write("abcdefgh")) << mark;
    EXPECT_EQ(after_ticks(), "_write(abcdefgh)") << mark;
    EXPECT_FALSE(stream->writable_need_drain()) << mark;
    stream->destroy();
    EXPECT_EQ(after_ticks(), "close") << mark;
  }
}

TEST_F(BackpressureTest, AMarkOfZeroIsFullAtOnce) {
  const auto stream = with_mark(0);
  EXPECT_FALSE(stream->write("a"));
  EXPECT_FALSE(stream->write(""));
  sink.complete();
  EXPECT_EQ(now(), "_write(a) _write drain");
  sink.complete();
  EXPECT_TRUE(stream->write(""));  // an empty write does not fill the buffer
}

TEST_F(BackpressureTest, DrainComesBeforeTheCallbackOfTheWriteThatEmptiedTheBuffer) {
  const auto stream = with_mark(3);
  EXPECT_FALSE(stream->write("abc", cb("cb")));
  sink.complete();
  EXPECT_EQ(now(), "_write(abc) drain cb");
  EXPECT_FALSE(stream->writable_need_drain());
}

TEST_F(BackpressureTest, DrainWaitsUntilNothingIsLeft) {
  const auto stream = with_mark(2);
  stream->write("a", cb("cbA"));
  stream->write("b", cb("cbB"));
  stream->write("c", cb("cbC"));
  sink.complete();
  sink.complete();  // below the mark by now
  EXPECT_EQ(now(), "_write(a) _write(b) cbA _write(c) cbB");
  EXPECT_TRUE(stream->writable_need_drain());
  sink.complete();
  EXPECT_EQ(now(), "drain cbC");
}

TEST_F(BackpressureTest, NoDrainWhereNothingWasRefused) {
  const auto stream = with_mark(10);
  stream->write("abc");
  sink.complete();
  EXPECT_EQ(after_ticks(), "_write(abc)");
}

TEST_F(BackpressureTest, DrainIsDueAgainAfterTheNextFalse) {
  const auto stream = with_mark(1);
  int rounds = 0;
  stream->on<Drain>([&] {
    if (++rounds == 3) return;
    EXPECT_FALSE(stream->write("x"));
  });
  stream->write("x");
  while (sink.pending()) sink.complete();
  EXPECT_EQ(now(), "_write(x) drain _write(x) drain _write(x) drain");
}

TEST_F(BackpressureTest, DrainReachesEveryListenerOnce) {
  const auto stream = with_mark(1);
  stream->on<Drain>([&] { log.add("second"); });
  stream->once<Drain>([&] { log.add("once"); });
  for (int i = 0; i < 2; ++i) {
    stream->write("x");
    sink.complete();
  }
  EXPECT_EQ(now(), "_write(x) drain second once _write(x) drain second");
}

TEST_F(BackpressureTest, OnceForDrainRemovesItsListener) {
  const auto stream = make_silent({.write = true}, {.high_water_mark = 1});
  for (int i = 0; i < 100; ++i) {
    stream->once<Drain>([] {});
    stream->write("x");
    sink.complete();
    EXPECT_EQ(stream->listener_count<Drain>(), 0u);
  }
}

TEST_F(BackpressureTest, DrainOfASynchronousFlushComesOnATick) {
  sink.automatic = true;
  const auto stream = make({.write = true, .writev = true}, {.high_water_mark = 2});
  stream->cork();
  EXPECT_TRUE(stream->write("a"));
  EXPECT_FALSE(stream->write("b"));
  stream->uncork();
  EXPECT_EQ(now(), "_writev(a,b)");
  EXPECT_TRUE(stream->writable_need_drain());
  EXPECT_EQ(after_ticks(), "drain");
}

TEST_F(BackpressureTest, NoDrainOnceTheStreamIsEnding) {
  const auto stream = with_mark(1);
  stream->write("a", cb("cb"));
  stream->end();
  EXPECT_FALSE(stream->writable_need_drain());
  sink.complete();
  EXPECT_EQ(after_ticks(), "_write(a) cb prefinish finish close");
}

TEST_F(BackpressureTest, NoDrainOnceTheStreamIsDestroyed) {
  const auto stream = with_mark(1);
  stream->write("a", cb("cb"));
  stream->destroy();
  EXPECT_FALSE(stream->writable_need_drain());
  sink.complete();
  EXPECT_EQ(after_ticks(), "_write(a) cb close");
}

TEST_F(BackpressureTest, EndsInsideDrain) {
  const auto stream = with_mark(1);
  stream->once<Drain>([&] { stream->end(cb("endcb")); });
  stream->write("a", cb("cb"));
  sink.complete();
  EXPECT_EQ(now(), "_write(a) drain prefinish cb");
  EXPECT_EQ(after_ticks(), "endcb finish close");
}

TEST_F(BackpressureTest, DestroysInsideDrain) {
  const auto stream = with_mark(1);
  stream->once<Drain>([&] { stream->destroy(); });
  stream->write("a", cb("cb"));
  sink.complete();
  EXPECT_EQ(now(), "_write(a) drain cb");
  EXPECT_EQ(after_ticks(), "close");
}

TEST_F(BackpressureTest, AProducerThatWaitsStaysBelowTheMarkAndOneChunk) {
  constexpr std::size_t kMark = 64;
  constexpr int kLines = 1000;
  const auto stream = make_silent({.write = true}, {.high_water_mark = kMark});
  sink.keep_chunks();
  int next = 0;
  std::size_t longest = 0;
  const auto produce = [&] {
    bool room = true;
    while (room && next < kLines) {
      room = stream->print("line {}\n", next++);
      longest = std::max(longest, stream->writable_length());
    }
  };
  stream->on<Drain>(produce);
  produce();
  while (sink.pending()) sink.complete();
  ASSERT_EQ(sink.chunks().size(), std::size_t{kLines});
  for (std::size_t i = 0; i < kLines; ++i)
    ASSERT_EQ(sink.chunks()[i].text(), fmt::format("line {}\n", i));
  EXPECT_LT(longest, kMark + std::string_view("line 999\n").size());
}

TEST_F(BackpressureTest, ADrainListenerThatThrowsCostsNeitherThatCallbackNorTheEnd) {
  const auto stream = with_mark(1);
  stream->once<Drain>([] { throw Error("thrown"); });
  stream->write("a", cb("cb"));
  EXPECT_EQ(test::thrown_by([&] { sink.complete(); }).message(), "thrown");
  stream->end(cb("endcb"));
  EXPECT_EQ(after_ticks(), "_write(a) drain prefinish cb endcb finish close");
}

TEST_F(BackpressureTest, AQueuedWriteObeysTheMarkWhileTheStreamOpens) {
  const auto stream = make({.construct = true, .write = true}, {.high_water_mark = 2});
  EXPECT_TRUE(stream->write("a"));
  EXPECT_FALSE(stream->write("b"));
  ticks.drain();
  sink.automatic = true;
  sink.complete("construct");
  EXPECT_EQ(after_ticks(), "_construct _write(a) _write(b) drain");
}

}  // namespace
}  // namespace weir
