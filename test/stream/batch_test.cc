#include "support/stream_test.h"
#include <weir/stream/writable.h>

#include <gtest/gtest.h>

namespace weir {
namespace {

class BatchTest : public test::StreamTest {
 protected:
  Ref<Writable> batching(const WritableOptions& options = {}) {
    return make({.write = true, .writev = true, .final = true, .delivery = Delivery::until_tick},
                options);
  }
};

TEST_F(BatchTest, HandsTheWritesOfOneTickOnTogetherButNotMerged) {
  const auto stream = batching();
  EXPECT_TRUE(stream->write("a", cb("a")));
  EXPECT_TRUE(stream->write("b"));
  EXPECT_EQ(now(), "");
  EXPECT_EQ(stream->writable_length(), 2u);
  EXPECT_EQ(after_ticks(), "_writev(a,b)");
  sink.complete();
  EXPECT_EQ(now(), "a");
  EXPECT_EQ(stream->writable_length(), 0u);
}

TEST_F(BatchTest, HandsOnAtOnceAtTheMark) {
  const auto stream = batching({.high_water_mark = 2});
  EXPECT_TRUE(stream->write("a"));
  EXPECT_FALSE(stream->write("b"));
  EXPECT_EQ(now(), "_writev(a,b)");
  sink.complete();
  EXPECT_EQ(now(), "drain");
}

TEST_F(BatchTest, KeepsAChunkWithoutBytes) {
  const auto stream = batching();
  stream->write("");
  EXPECT_EQ(after_ticks(), "_writev");
}

TEST_F(BatchTest, PassesTheChunkOfEndToWriteAtOnce) {
  const auto stream = batching();
  sink.automatic = true;
  stream->end("a", cb("ended"));
  EXPECT_EQ(now(), "_write(a) _final prefinish");
  EXPECT_EQ(after_ticks(), "ended finish close");
}

TEST_F(BatchTest, PassesTheChunkOfEndAfterTheWritesOfTheTick) {
  const auto stream = batching();
  stream->write("a");
  stream->end("b");
  EXPECT_EQ(now(), "_writev(a,b)");
  sink.complete();
  EXPECT_EQ(after_ticks(), "_final");
  sink.complete();
  EXPECT_EQ(after_ticks(), "prefinish finish close");
}

TEST_F(BatchTest, HoldsTheEndsChunkBackWhileTheSinkIsBusy) {
  const auto stream = batching();
  stream->write("a");
  EXPECT_EQ(after_ticks(), "_writev(a)");
  stream->end("b");
  EXPECT_EQ(now(), "");
  sink.complete();
  EXPECT_EQ(now(), "_writev(b)");
}

TEST_F(BatchTest, HoldsEverythingBackWhileItIsCorked) {
  const auto stream = batching();
  stream->cork();
  stream->write("a");
  EXPECT_EQ(after_ticks(), "");
  stream->end("b");
  EXPECT_EQ(now(), "_writev(a,b)");
}

TEST_F(BatchTest, CallsBackEveryWriteThatIsLost) {
  const auto stream = batching();
  stream->write("a", cb("a"));
  stream->write("b", cb("b"));
  stream->destroy(Error("no"));
  EXPECT_EQ(after_ticks(), "a(no) b(no) error(no) close");
}

}  // namespace
}  // namespace weir
