// ManualSink and ManualSource.
#include <weir/loop/loop.h>
#include <weir/testing/manual_sink.h>
#include <weir/testing/manual_source.h>

#include <string>

#include <gtest/gtest.h>

namespace weir::test {
namespace {

class ManualEndsTest : public ::testing::Test {
 protected:
  Loop loop;
  EventLog log;
};

TEST_F(ManualEndsTest, AWriteWaitsForTheTestToCompleteIt) {
  ManualSink<> sink;
  auto stream = sink.make(loop, {.high_water_mark = 8});
  log.listen(*stream);
  EXPECT_TRUE(stream->write("four", log.callback("first")));
  EXPECT_FALSE(stream->write("more", log.callback("second")));
  loop.run();
  EXPECT_EQ(log.take(), "");
  EXPECT_EQ(sink.pending(), 1u) << "one call at a time";
  sink.complete();
  loop.run();
  EXPECT_EQ(log.take(), "first");
  sink.complete("write");
  loop.run();
  EXPECT_EQ(log.take(), "drain second");
  EXPECT_THROW(sink.complete(), Error);
  stream->destroy();
}

TEST_F(ManualEndsTest, AWriteFailsAsTheTestSays) {
  ManualSink<> sink(log, "s:");
  auto stream = sink.make(loop);
  log.listen(*stream);
  stream->write("a");
  sink.complete_with(Error("the sink is full"));
  loop.run();
  EXPECT_EQ(log.take(), "s:_write(a) error(the sink is full) close");
  EXPECT_EQ(sink.devices(), 1u);
  stream = nullptr;
  EXPECT_EQ(sink.devices(), 0u);
}

TEST_F(ManualEndsTest, AnAutomaticSinkKeepsChunksOfAnyType) {
  ManualSink<int> sink;
  sink.automatic = true;
  sink.keep_chunks();
  auto stream = sink.make(loop);
  for (int i = 0; i < 3; ++i) stream->write(i);
  stream->end();
  loop.run();
  EXPECT_EQ(sink.chunks(), (std::vector{0, 1, 2}));
}

TEST_F(ManualEndsTest, ASourceIsAskedUntilTheBufferIsFull) {
  ManualSource<> source;
  ManualSink<> sink;
  auto stream = source.make(loop, {.high_water_mark = 4});
  stream->pipe(sink.make(loop, {.high_water_mark = 4}));
  loop.run();
  EXPECT_TRUE(source.is_asked());
  source.push("1234");
  loop.run();
  EXPECT_TRUE(source.is_asked()) << "the destination has it, and the stream's buffer is empty";
  EXPECT_FALSE(source.push("5678"));
  loop.run();
  EXPECT_FALSE(source.is_asked()) << "the destination is full";
  sink.complete();
  loop.run();
  EXPECT_TRUE(source.is_asked());
  sink.automatic = true;
  source.end();
  sink.complete();
  loop.run();
  EXPECT_FALSE(source.has_stream());
}

TEST_F(ManualEndsTest, ASourceFailsAsTheTestSays) {
  ManualSource<std::string> source;
  auto stream = source.make(loop);
  log.listen(*stream);
  log.listen_to_data(*stream);
  loop.run();
  source.push(std::string("a"));
  loop.run();
  source.fail(Error("the origin is gone"));
  loop.run();
  EXPECT_EQ(log.take(), "resume data(a) error(the origin is gone) close");
}

TEST_F(ManualEndsTest, AStreamMayOutliveItsSinkOrSource) {
  Ref<Writable> written;
  Ref<Readable> read;
  {
    ManualSink<> sink(log);
    ManualSource<> source;
    written = sink.make(loop);
    read = source.make(loop);
    read->read();
    written->write("in progress");
  }
  EXPECT_EQ(log.take(), "_write(in progress)");
  log.listen(*written, "w:");
  log.listen(*read, "r:");
  loop.run();
  EXPECT_EQ(log.take(), "w:error(ERR_CALLBACK_DROPPED) w:close");
  read->destroy();
  loop.run();
  EXPECT_EQ(log.take(), "r:close");
}

}  // namespace
}  // namespace weir::test
