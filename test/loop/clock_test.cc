#include "loop/clock.h"

#include <chrono>

#include <gtest/gtest.h>

namespace weir::internal {
namespace {

using std::chrono_literals::operator""s;

TEST(ClockTest, ACoarseReadingIsTheSystemsSteadyClockSomeTimeAgo) {
  const Clock clock;
  const Clock::time_point before = clock.now();
  const Clock::time_point coarse = clock.coarse_now();
  EXPECT_LE(coarse, clock.now());
  EXPECT_GT(coarse, before - 10s);  // of another epoch otherwise
}

TEST(ClockTest, ACoarseReadingOfASteppedClockIsExact) {
  Clock clock;
  const Clock::time_point later = clock.now() + 100s;
  clock.step_to(later);
  EXPECT_EQ(clock.coarse_now(), later);
}

}  // namespace
}  // namespace weir::internal
