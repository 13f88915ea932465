#include "support/stream_test.h"
#include <weir/stream/duplex.h>
#include <weir/stream/object_writable.h>
#include <weir/stream/writable.h>

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace weir {
namespace {

class BufferLimitsTest : public test::StreamTest {
 protected:
  static constexpr SinkTraits kTick{
      .writev = true, .delivery = Delivery::until_tick, .merges = true};
};

// --- The low-water mark ---

TEST_F(BufferLimitsTest, DrainComesAtTheLowWaterMarkWhileWritesAreLeft) {
  const auto stream = make({.write = true}, {.high_water_mark = 4, .low_water_mark = 2});
  for (const char* const text : {"a", "b", "c", "d"}) stream->write(text);
  EXPECT_TRUE(stream->writable_need_drain());
  sink.complete();
  EXPECT_EQ(now(), "_write(a) _write(b)");
  sink.complete();
  EXPECT_EQ(now(), "_write(c) drain");
  EXPECT_EQ(stream->writable_length(), 2u);
  EXPECT_TRUE(stream->write("e"));
}

TEST_F(BufferLimitsTest, ASinkOfBatchesGetsThePartAboveIt) {
  const std::string text(8192, 'x');
  const auto stream = make(kTick, {.high_water_mark = 65536, .low_water_mark = 32768});
  while (stream->write(text)) {
  }
  EXPECT_EQ(stream->writable_length(), 65536u);
  now();
  sink.keep_chunks();
  sink.complete();
  // Half is written, and half is with the sink when Drain comes.
  EXPECT_NE(now().find(" drain"), std::string::npos);
  EXPECT_EQ(sink.pending(), 1u);
  EXPECT_GE(stream->writable_length(), 24576u);
  EXPECT_LE(stream->writable_length(), 32768u);
}

TEST_F(BufferLimitsTest, EachCallbackComesWithTheBatchOfItsWrite) {
  const auto stream = make({.writev = true, .delivery = Delivery::until_tick},
                           {.high_water_mark = 4, .low_water_mark = 2});
  for (const char* const text : {"a", "b", "c", "d"}) stream->write(text, cb(text));
  EXPECT_EQ(now(), "_writev(a,b)");
  sink.complete();
  EXPECT_EQ(after_ticks(), "_writev(c,d) drain a b");
  sink.complete();
  EXPECT_EQ(after_ticks(), "c d");
}

TEST_F(BufferLimitsTest, TheEndPassesOnEveryPart) {
  const auto stream = make({.writev = true, .delivery = Delivery::until_tick},
                           {.high_water_mark = 4, .low_water_mark = 2});
  sink.automatic = true;
  for (int i = 0; i < 9; ++i) stream->write("x");
  stream->end(cb("end"));
  EXPECT_EQ(
      after_ticks(),
      "_writev(x,x) _writev(x,x) _writev(x,x) _writev(x,x) _writev(x) prefinish end finish close");
}

TEST_F(BufferLimitsTest, DestroyFailsEveryPart) {
  const auto stream = make({.writev = true, .delivery = Delivery::until_tick},
                           {.high_water_mark = 4, .low_water_mark = 2});
  for (const char* const text : {"a", "b", "c", "d"}) stream->write(text, cb(text));
  stream->destroy();
  sink.complete();
  EXPECT_EQ(after_ticks(),
            "_writev(a,b) a b c(ERR_STREAM_DESTROYED) d(ERR_STREAM_DESTROYED) close");
}

TEST_F(BufferLimitsTest, ObjectsAreCounted) {
  test::ManualSink<int> values(log);
  const SinkTraits traits{.write = true};
  const auto stream = ObjectWritable<int>::make(ticks, values.device(traits), traits,
                                                {.high_water_mark = 3, .low_water_mark = 1});
  stream->on<Drain>([this] { log.add("drain"); });
  for (int i = 0; i < 3; ++i) stream->write(i);
  values.complete();
  EXPECT_EQ(now(), "_write(0) _write(1)");
  values.complete();
  EXPECT_EQ(now(), "_write(2) drain");
  values.automatic = true;
  values.complete();
  stream->destroy();
  after_ticks();
}

TEST_F(BufferLimitsTest, AMarkThatIsNotBelowTheHighOneIsRefused) {
  for (const std::int64_t low : {-1, 4, 5})
    EXPECT_THROW(make({.write = true}, {.high_water_mark = 4, .low_water_mark = low}), Error)
        << low;
  EXPECT_THROW(Duplex::make(ticks, {.write = [](Chunk, Done) {}},
                            {.writable_high_water_mark = 4, .low_water_mark = 4}),
               Error);
}

// --- The most that is buffered ---

TEST_F(BufferLimitsTest, AWriteBeyondMaxBufferedIsRefusedAndNothingElseIsLost) {
  for (const SinkTraits traits : {SinkTraits{.write = true}, kTick}) {
    const auto stream = make(traits, {.high_water_mark = 2, .max_buffered = 4});
    EXPECT_FALSE(stream->write("abc", cb("abc")));
    EXPECT_FALSE(stream->write("de", cb("de")));
    EXPECT_FALSE(stream->write("f", cb("f")));
    EXPECT_EQ(stream->writable_length(), 4u);
    after_ticks();
    sink.automatic = true;
    sink.complete();
    const std::string then = after_ticks();
    EXPECT_NE(then.find("abc"), std::string::npos);
    EXPECT_NE(then.find("f"), std::string::npos);
    EXPECT_TRUE(stream->writable());
    EXPECT_TRUE(stream->write("g"));
    stream->end();
    EXPECT_NE(after_ticks().find("finish close"), std::string::npos);
    sink.automatic = false;
  }
}

TEST_F(BufferLimitsTest, OnlyTheRefusedWritesCallbackGetsTheError) {
  const auto stream = make({.write = true}, {.high_water_mark = 2, .max_buffered = 4});
  stream->write("abcd", cb("abcd"));
  Error refused;
  stream->write("e", [&](const Error& error) { refused = error; });
  EXPECT_EQ(after_ticks(), "_write(abcd)");
  EXPECT_STREQ(refused.what(),
               "Error [ERR_BUFFER_OVERFLOW]: A write of 1 bytes would exceed max_buffered (4): 4 "
               "are buffered");
}

TEST_F(BufferLimitsTest, ARefusedWriteWithoutACallbackIsAnErrorEvent) {
  const auto stream = make({.write = true}, {.high_water_mark = 2, .max_buffered = 4});
  stream->write("abcd");
  stream->write("e");
  EXPECT_EQ(after_ticks(), "_write(abcd) error(ERR_BUFFER_OVERFLOW)");
  sink.complete();
  EXPECT_EQ(after_ticks(), "drain");
  EXPECT_TRUE(stream->write("f"));
}

TEST_F(BufferLimitsTest, AWriteThatIsLargerAloneIsRefusedByAnIdleStream) {
  const auto stream = make({.write = true}, {.high_water_mark = 2, .max_buffered = 4});
  EXPECT_FALSE(stream->write("abcde", cb("abcde")));
  EXPECT_EQ(after_ticks(), "abcde(ERR_BUFFER_OVERFLOW)");
  EXPECT_TRUE(stream->write("a"));
}

TEST_F(BufferLimitsTest, AnEndWithTooMuchDoesNotEnd) {
  const auto stream = make({.write = true}, {.high_water_mark = 2, .max_buffered = 4});
  stream->write("abc");
  stream->end("de", cb("end"));
  EXPECT_EQ(after_ticks(), "_write(abc) error(ERR_BUFFER_OVERFLOW) end(ERR_BUFFER_OVERFLOW)");
  EXPECT_TRUE(stream->writable());
  stream->end("d", cb("end"));
  sink.complete();
  sink.complete();
  EXPECT_EQ(after_ticks(), "_write(d) prefinish end finish close");
}

TEST_F(BufferLimitsTest, ALimitBelowTheMarkIsRefused) {
  EXPECT_THROW(make({.write = true}, {.high_water_mark = 4, .max_buffered = 3}), Error);
  EXPECT_THROW(make({.write = true}, {.high_water_mark = 4, .max_buffered = -1}), Error);
}

// Fails each batch before it returns.
struct FailingSink final : Sink {
  explicit FailingSink(int& calls) : calls_(calls) {}
  void writev(Batch, Done done) override {
    ++calls_;
    done(Error("x"));
  }

 private:
  int& calls_;
};

TEST_F(BufferLimitsTest, ABatchThatFailsAtOnceIsTheLast) {
  int calls = 0;
  const auto stream = Writable::make(ticks, std::unique_ptr<Sink>(new FailingSink(calls)), kTick,
                                     {.high_water_mark = 100'000, .low_water_mark = 99'000});
  log.listen(*stream);
  const std::string chunk(5000, 'x');
  for (int i = 0; i < 3; ++i) stream->write(chunk, cb("cb"));
  EXPECT_EQ(after_ticks(), "cb(x) cb(x) cb(x) error(x) close");
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace weir
