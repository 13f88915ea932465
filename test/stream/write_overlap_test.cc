// A sink that overlaps has several batches that it has not completed.
#include <weir/stream/writable.h>
#include <weir/testing/manual_sink.h>

namespace weir {
namespace {

constexpr SinkTraits kOverlaps{
    .write = true, .writev = true, .delivery = Delivery::until_tick, .overlaps = true};

class WriteOverlapTest : public testing::Test {
 protected:
  Ref<Writable> make(const WritableOptions& options = {}) {
    auto stream = Writable::make(ticks, sink.device(kOverlaps), kOverlaps, options);
    log.listen(*stream);
    return stream;
  }

  TickQueue ticks;
  test::EventLog log;
  test::ManualSink<Chunk> sink{log};
};

TEST_F(WriteOverlapTest, TheSinkGetsAnotherBatchBeforeItHasCompletedTheFirst) {
  auto stream = make();
  stream->write("a", log.callback("a"));
  ticks.drain();
  stream->write("b", log.callback("b"));
  stream->write("c", log.callback("c"));
  ticks.drain();
  EXPECT_EQ(sink.pending(), 2u);
  EXPECT_EQ(stream->writable_length(), 3u);
  log.take();
  sink.complete();
  ticks.drain();
  EXPECT_EQ(stream->writable_length(), 2u);
  EXPECT_EQ(log.take(), "a");
  sink.complete();
  ticks.drain();
  EXPECT_EQ(log.take(), "b c");
}

TEST_F(WriteOverlapTest, DrainComesAtTheLowWaterMarkWhileBatchesAreUnderWay) {
  auto stream = make({.high_water_mark = 4, .low_water_mark = 2});
  EXPECT_TRUE(stream->write("ab"));
  EXPECT_FALSE(stream->write("cd"));
  ticks.drain();
  EXPECT_EQ(sink.pending(), 2u);  // in parts of the difference between the marks
  log.take();
  sink.complete();
  ticks.drain();
  EXPECT_EQ(log.take(), "drain");
}

TEST_F(WriteOverlapTest, FinishWaitsForAllBatches) {
  auto stream = make();
  stream->write("a");
  ticks.drain();
  stream->end("b");
  ticks.drain();
  log.take();
  sink.complete();
  ticks.drain();
  EXPECT_EQ(log.take(), "");
  sink.complete();
  ticks.drain();
  EXPECT_EQ(log.take(), "prefinish finish close");
}

TEST_F(WriteOverlapTest, FlushWaitsForTheBatchesBeforeIt) {
  auto stream = make();
  stream->write("a");
  ticks.drain();
  stream->write("b");
  stream->flush(log.callback("flush"));
  stream->write("c");
  ticks.drain();
  log.take();
  sink.complete();
  ticks.drain();
  EXPECT_EQ(log.take().find("flush"), std::string::npos);
  while (sink.pending() > 0) sink.complete();
  ticks.drain();
  EXPECT_NE(log.take().find("flush"), std::string::npos);
}

TEST_F(WriteOverlapTest, AFailureFailsEachWriteOnceAndTheLaterDonesAreNoError) {
  auto stream = make();
  stream->write("a", log.callback("a"));
  ticks.drain();
  stream->write("b", log.callback("b"));
  ticks.drain();
  stream->write("c", log.callback("c"));
  log.take();
  sink.complete_with(Error("lost"));
  sink.complete_with(Error("lost"));
  ticks.drain();
  EXPECT_EQ(log.take(), "a(lost) b(lost) c(lost) error(lost) close");
  EXPECT_EQ(stream->writable_length(), 0u);
}

TEST_F(WriteOverlapTest, ADestroyedStreamGetsTheCompletionsThatFollow) {
  auto stream = make();
  stream->write("a", log.callback("a"));
  ticks.drain();
  stream->write("b", log.callback("b"));
  ticks.drain();
  log.take();
  stream->destroy();
  ticks.drain();
  EXPECT_EQ(log.take(), "close");
  sink.complete();
  sink.complete();
  ticks.drain();
  EXPECT_EQ(log.take(), "a b");
}

}  // namespace
}  // namespace weir
