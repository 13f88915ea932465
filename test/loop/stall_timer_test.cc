#include "loop/stall_timer.h"

#include <weir/loop/loop.h>
#include <weir/loop/stepped_clock.h>

#include <cstdint>

#include <gtest/gtest.h>

namespace weir::internal {
namespace {

using std::chrono_literals::operator""s;

class StallTimerTest : public testing::Test {
 protected:
  Loop loop;
  SteppedClock clock{loop};
  std::uint64_t taken = 0;
  int stalls = 0;
  StallTimer timer{loop, 40s, [this] { return taken; }, [this] { ++stalls; }};
};

TEST_F(StallTimerTest, ReportsOnceWhenNothingIsTakenForTheLimit) {
  timer.start();
  clock.pass(39s);
  EXPECT_EQ(stalls, 0);
  clock.pass(1s);
  EXPECT_EQ(stalls, 1);
  clock.pass(1000s);
  EXPECT_EQ(stalls, 1);
}

TEST_F(StallTimerTest, EachByteBeginsTheLimitAgain) {
  timer.start();
  for (int i = 0; i < 10; ++i) {
    clock.pass(30s);
    ++taken;
    clock.pass(9s);
    EXPECT_EQ(stalls, 0) << i;
  }
  clock.pass(50s);
  EXPECT_EQ(stalls, 1);
}

TEST_F(StallTimerTest, StoppedItReportsNothing) {
  timer.start();
  clock.pass(39s);
  timer.stop();
  clock.pass(100s);
  EXPECT_EQ(stalls, 0);
  timer.start();
  clock.pass(39s);
  EXPECT_EQ(stalls, 0);
  clock.pass(1s);
  EXPECT_EQ(stalls, 1);
}

TEST_F(StallTimerTest, AStartWhileItRunsChangesNothing) {
  timer.start();
  clock.pass(30s);
  timer.start();
  clock.pass(10s);
  EXPECT_EQ(stalls, 1);
}

TEST_F(StallTimerTest, DoesNotKeepTheLoop) {
  timer.start();
  loop.run();
}

}  // namespace
}  // namespace weir::internal
