#include "fs/inline_write_policy.h"

#include <chrono>

#include <gtest/gtest.h>

namespace weir::fs {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""us;

class InlineWritePolicyTest : public testing::Test {
 protected:
  void write_here(InlineWritePolicy::Clock::duration time) {
    const auto from = now;
    now += time;
    policy.wrote_inline(from, now);
  }
  void write_through_pool(InlineWritePolicy::Clock::duration time) {
    const auto from = now;
    now += time;
    policy.wrote_through_pool(from, now);
  }
  bool allows_inline() const { return policy.allows_inline(now); }

  // How long no write is made here, though all through the pool are quick.
  std::chrono::milliseconds pause() {
    const auto from = now;
    do {
      now += 10ms;
      write_through_pool(0ms);
    } while (!allows_inline());
    return std::chrono::duration_cast<std::chrono::milliseconds>(now - from);
  }

  InlineWritePolicy policy;
  InlineWritePolicy::Clock::time_point now =
      InlineWritePolicy::Clock::time_point(std::chrono::hours(1));
};

TEST_F(InlineWritePolicyTest, QuickWritesStayHere) {
  EXPECT_TRUE(allows_inline());
  for (int i = 0; i < 1000; ++i) {
    write_here(4999us);
    EXPECT_TRUE(allows_inline());
  }
}

TEST_F(InlineWritePolicyTest, ASlowWritePausesForTenSeconds) {
  write_here(5ms);
  EXPECT_FALSE(allows_inline());
  write_through_pool(1ms);
  EXPECT_FALSE(allows_inline());
  now += 10s - 2ms;
  EXPECT_FALSE(allows_inline());
  now += 1ms;
  EXPECT_TRUE(allows_inline());
}

TEST_F(InlineWritePolicyTest, ComesBackOnlyAfterAQuickWriteOfThePool) {
  write_here(50ms);
  now += 60s;
  EXPECT_FALSE(allows_inline());
  write_through_pool(5ms);
  EXPECT_FALSE(allows_inline());
  write_through_pool(4ms);
  EXPECT_TRUE(allows_inline());
}

TEST_F(InlineWritePolicyTest, OnlyTheLastWriteOfThePoolCounts) {
  write_here(50ms);
  write_through_pool(1ms);
  now += 60s;
  write_through_pool(50ms);
  EXPECT_FALSE(allows_inline());
}

TEST_F(InlineWritePolicyTest, ASlowPoolSendsAFullBufferThereWithoutAPause) {
  write_through_pool(50ms);
  EXPECT_FALSE(allows_inline());
  write_through_pool(1ms);
  EXPECT_TRUE(allows_inline());
}

TEST_F(InlineWritePolicyTest, ThePauseDoublesUpToTheLongestWhereItProvesTooShort) {
  for (const auto expected : {10s, 20s, 40s, 80s, 160s, 160s, 160s}) {
    write_here(50ms);
    EXPECT_EQ(pause(), expected);
  }
}

TEST_F(InlineWritePolicyTest, APauseDoublesAfterAShortWhileOfQuickWritesToo) {
  write_here(50ms);
  EXPECT_EQ(pause(), 10s);
  for (int i = 0; i < 100; ++i) write_here(1ms);
  write_here(50ms);
  EXPECT_EQ(pause(), 20s);
}

TEST_F(InlineWritePolicyTest, AfterALongGoodTimeThePauseIsTheFirstAgain) {
  for (int i = 0; i < 4; ++i) {
    write_here(50ms);
    pause();
  }
  for (int i = 0; i < 200; ++i) {
    now += 1s;
    write_here(1ms);
  }
  write_here(50ms);
  EXPECT_EQ(pause(), 10s);
}

TEST_F(InlineWritePolicyTest, ATimeInWhichThePoolIsSlowTooIsNotAGoodOne) {
  write_here(50ms);
  for (int i = 0; i < 2000; ++i) write_through_pool(50ms);
  write_through_pool(1ms);
  ASSERT_TRUE(allows_inline());
  write_here(50ms);
  EXPECT_EQ(pause(), 20s);
}

TEST_F(InlineWritePolicyTest, ADiskThatIsHardlyEverQuickStallsTheLoopAFewTimesAnHour) {
  const auto end = now + std::chrono::hours(1);
  int stalls = 0;
  for (int i = 1; now < end; ++i) {
    const auto time = i % 1000 == 0 ? 1ms : 50ms;
    if (!allows_inline()) {
      write_through_pool(time);
    } else {
      write_here(time);
      if (time > 5ms) ++stalls;
    }
  }
  EXPECT_LE(stalls, 30);  // an hour has 22 of the longest pauses
}

TEST_F(InlineWritePolicyTest, EvenTheFirstWriteOfAllMayBeSlow) {
  for (const InlineWritePolicy::Clock::duration start : {0s, 1s, 15s, 100'000'000s}) {
    policy = {};
    now = InlineWritePolicy::Clock::time_point(start);
    EXPECT_TRUE(allows_inline());
    write_here(50ms);
    EXPECT_EQ(pause(), 10s) << start.count();
    write_here(50ms);
    EXPECT_EQ(pause(), 20s) << start.count();
  }
}

TEST_F(InlineWritePolicyTest, AVerySlowWriteKeepsTheLoopOnce) {
  write_here(3600s);
  EXPECT_FALSE(allows_inline());
  EXPECT_EQ(pause(), 10s);
}

}  // namespace
}  // namespace weir::fs
