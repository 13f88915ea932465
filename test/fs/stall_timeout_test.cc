#include "support/file_test.h"
#include <weir/fs/write_stream.h>
#include <weir/loop/stepped_clock.h>

#include <cerrno>

#include <gtest/gtest.h>

namespace weir::fs {
namespace {

using std::chrono_literals::operator""s;

class StallTimeoutTest : public test::FileTest {
 protected:
  void turn() {
    for (int i = 0; i < 20; ++i) loop.poll();
  }
  SteppedClock clock{loop};
};

TEST_F(StallTimeoutTest, AWriteThatTakesNothingFailsTheStream) {
  files->block();
  const auto stream = make({.write_mode = WriteMode::pool, .stall_timeout = 40s});
  stream->write("abc", cb("abc"));
  turn();
  clock.pass(39s);
  EXPECT_EQ(log.take(), "open ready");
  clock.pass(1s);
  EXPECT_EQ(after_run(), "abc(ERR_STREAM_DESTROYED) error(ETIMEDOUT) close");
  EXPECT_STREQ(failure.what(), "ETIMEDOUT: connection timed out, write 'x'");
  EXPECT_EQ(files->open_files(), 0u);
}

TEST_F(StallTimeoutTest, AWriteThatMovesDoesNot) {
  const auto stream = make({.stall_timeout = 1s});
  for (int i = 0; i < 10; ++i) {
    stream->write("abc");
    turn();
    clock.pass(100s);
  }
  stream->end();
  EXPECT_EQ(after_run(), "open ready finish close");
}

TEST_F(StallTimeoutTest, AFullDiskThatIsWaitedForIsNoStall) {
  files->break_at(1, ENOSPC);
  const auto stream = make({.retry_on_full = 10s, .stall_timeout = 40s});
  stream->write("abc");
  turn();
  clock.pass(1000s);
  EXPECT_FALSE(stream->destroyed());
  stream->destroy();
  loop.run();
}

TEST_F(StallTimeoutTest, ASyncThatTakesLongIsNoStall) {
  const auto stream = make({.write_mode = WriteMode::pool, .stall_timeout = 40s});
  stream->write("abc");
  turn();
  files->hold_writes();
  stream->sync(cb("sync"));
  turn();
  clock.pass(1000s);
  turn();
  EXPECT_EQ(log.take(), "open ready");
  files->release();
  stream->end();
  EXPECT_EQ(after_run(), "sync finish close");
}

}  // namespace
}  // namespace weir::fs
