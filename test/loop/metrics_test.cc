#include <weir/loop/metrics.h>

#include "support/loop_test.h"
#include <weir/loop/stepped_clock.h>

#include <chrono>
#include <cstddef>
#include <cstdint>

#include <gtest/gtest.h>

namespace weir {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""ns;
using std::chrono_literals::operator""us;

TEST(DurationHistogramTest, EachDurationIsBelowTheLimitOfItsClassAndNotBelowTheOneBefore) {
  for (std::int64_t time = 1; time < 17'000'000'000; time += 1 + time / 7) {
    DurationHistogram histogram;
    histogram.add(std::chrono::nanoseconds(time));
    std::size_t index = 0;
    while (histogram.count_of(index) == 0) ++index;
    EXPECT_LT(time, DurationHistogram::limit_of(index).count());
    if (index == 0) continue;
    EXPECT_GE(time, DurationHistogram::limit_of(index - 1).count());
  }
}

TEST(DurationHistogramTest, TheLimitsGrowByAQuarterAtMost) {
  for (std::size_t index = 1; index < DurationHistogram::kClasses; ++index) {
    const auto before = DurationHistogram::limit_of(index - 1);
    EXPECT_GT(DurationHistogram::limit_of(index), before);
    EXPECT_LE(DurationHistogram::limit_of(index), before * 5 / 4);
  }
}

TEST(DurationHistogramTest, TakesDurationsOfAnyLength) {
  DurationHistogram histogram;
  histogram.add(-5ns);
  histogram.add(0ns);
  histogram.add(100h);
  EXPECT_EQ(histogram.count(), 3u);
  EXPECT_EQ(histogram.count_of(0), 2u);
  EXPECT_EQ(histogram.count_of(DurationHistogram::kClasses - 1), 1u);
}

TEST(DurationHistogramTest, AQuantileIsTheLimitOfItsClass) {
  DurationHistogram histogram;
  EXPECT_EQ(histogram.quantile(0.5), 0ns);
  for (int i = 0; i < 99; ++i) histogram.add(3us);
  const DurationHistogram earlier = histogram;
  histogram.add(900us);
  EXPECT_GE(histogram.quantile(0.5), 3us);
  EXPECT_LE(histogram.quantile(0.99), 4us);
  EXPECT_GE(histogram.quantile(1), 900us);
  EXPECT_GE((histogram - earlier).quantile(0.01), 900us);
  EXPECT_EQ((histogram - earlier).count(), 1u);
}

class LoopMetricsTest : public test::LoopTest {
 protected:
  SteppedClock clock{loop};
};

TEST_F(LoopMetricsTest, ATurnLastsFromItsFirstCallbackToTheNextWait) {
  loop.set_immediate([&] { clock.skip(10ms); });
  loop.set_immediate([&] { clock.skip(5ms); });
  loop.run();
  loop.poll();  // reaches the next wait
  const LoopMetrics numbers = loop.metrics();
  EXPECT_GE(numbers.turns, 1u);
  EXPECT_EQ(numbers.busy, 15ms);
  EXPECT_GE(numbers.latency.quantile(1), 15ms);
  EXPECT_EQ(numbers.latency.count(), numbers.turns);
}

TEST_F(LoopMetricsTest, AllCallbacksOfATurnHaveOneTime) {
  std::chrono::nanoseconds first{0};
  std::chrono::nanoseconds second{0};
  loop.set_immediate([&] {
    first = loop.ticks().turn_time();
    clock.skip(10ms);
  });
  loop.set_immediate([&] { second = loop.ticks().turn_time(); });
  loop.run();
  EXPECT_EQ(first, second);
  std::chrono::nanoseconds later{0};
  loop.set_timeout(1ms, [&] { later = loop.ticks().turn_time(); });
  clock.pass(1ms);
  EXPECT_EQ(later - first, 11ms);
}

TEST_F(LoopMetricsTest, TimersAreCountedWhileTheyAreSet) {
  EXPECT_EQ(loop.metrics().timers, 0u);
  const auto timer = loop.set_timeout(1h, [] {});
  EXPECT_EQ(loop.metrics().timers, 1u);
  timer->clear();
  EXPECT_EQ(loop.metrics().timers, 0u);
}

}  // namespace
}  // namespace weir
