#include "support/loop_test.h"
#include <weir/loop/loop.h>

#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace weir {
namespace {

using std::chrono::milliseconds;
using test::operator""ms;
using test::work_for;

class TimerTest : public test::LoopTest {};

TEST_F(TimerTest, FiresOnceAfterItsDelay) {
  const auto start = std::chrono::steady_clock::now();
  loop.set_timeout(3ms, says("timeout"));
  EXPECT_EQ(after_run(), "timeout");
  EXPECT_GE(std::chrono::steady_clock::now() - start, 2ms);  // its clock has no fractions
  EXPECT_EQ(after_run(), "");
}

TEST_F(TimerTest, FiresShorterDelaysFirstAndEqualOnesInTheOrderSet) {
  // Far apart, for a machine that pauses between these lines.
  loop.set_timeout(25ms, says("a25"));
  loop.set_timeout(1ms, says("b1"));
  loop.set_timeout(25ms, says("c25"));
  loop.set_timeout(5ms, says("d5"));
  loop.set_timeout(25ms, says("e25"));
  EXPECT_EQ(after_run(), "b1 d5 a25 c25 e25");
}

TEST_F(TimerTest, RunsTicksBetweenTimersThatAreDueTogether) {
  loop.set_timeout(1ms, [&] {
    log.add("t1");
    loop.next_tick(says("tick"));
  });
  loop.set_timeout(1ms, says("t2"));
  work_for(2ms);
  EXPECT_EQ(after_run(), "t1 tick t2");
}

TEST_F(TimerTest, TakesADelayOutOfRangeForOneMillisecond) {
  loop.on_warning([](const Warning&) {});
  loop.set_timeout(milliseconds(0), says("zero"));
  loop.set_timeout(milliseconds(-5), says("negative"));
  loop.set_timeout(milliseconds(1), says("one"));
  loop.set_timeout(milliseconds(std::numeric_limits<std::int32_t>::max()) + 1ms, says("long"));
  loop.set_timeout(milliseconds::max(), says("longest"));
  loop.set_timeout(milliseconds::min(), says("least"));
  loop.set_timeout(milliseconds(3), says("three"));
  EXPECT_EQ(after_run(), "zero negative one long longest least three");
}

TEST_F(TimerTest, WarnsOfADelayThatIsTooLong) {
  std::vector<std::string> warnings;
  loop.on_warning(
      [&](const Warning& warning) { warnings.push_back(warning.name + ": " + warning.message); });
  loop.set_timeout(milliseconds(0x7fff'ffff), says("never"))->clear();
  loop.set_timeout(milliseconds(0), says("zero"))->clear();
  loop.set_timeout(milliseconds(0x8000'0000), says("long"));
  EXPECT_EQ(after_run(), "long");
  EXPECT_THAT(warnings, testing::ElementsAre(
                            "TimeoutOverflowWarning: 2147483648 does not fit into a 32-bit signed "
                            "integer.\nTimeout duration was set to 1."));
}

// A timer set late in a long call is due after timers with earlier times.
TEST_F(TimerTest, CountsFromWhenItIsSetThoughTheCallTookLong) {
  loop.set_timeout(1ms, [&] {
    log.add("long");
    work_for(8ms);
    loop.set_timeout(1ms, says("late"));
  });
  loop.set_timeout(5ms, says("due"));
  EXPECT_EQ(after_run(), "long due late");
}

TEST_F(TimerTest, LetsImmediatesRunThoughEachCallIsLongerThanItsDelay) {
  std::function<void(int)> again = [&](int left) {
    work_for(2ms);
    log.add("timer");
    if (left > 0) loop.set_timeout(1ms, [&again, left] { again(left - 1); });
  };
  loop.set_timeout(1ms, [&] {
    loop.set_immediate(says("immediate"));
    again(2);
  });
  loop.set_timeout(1ms, [&] { again(2); });
  work_for(3ms);  // so that both are due
  EXPECT_EQ(after_run(), "timer timer immediate timer timer timer timer");
}

// clear

TEST_F(TimerTest, NeverFiresOnceItIsCleared) {
  const auto owned = std::make_shared<int>();
  const Ref<Timer> timer = loop.set_timeout(1ms, [owned] { FAIL() << "was called"; });
  timer->clear();
  EXPECT_EQ(owned.use_count(), 1);
  EXPECT_EQ(after_run(), "");
  timer->clear();
}

TEST_F(TimerTest, NeverFiresWhereTheOneBeforeItOrItsTickClearsIt) {
  Ref<Timer> second;
  Ref<Timer> third;
  loop.set_timeout(1ms, [&] {
    log.add("t1");
    second->clear();
    loop.next_tick([&] { third->clear(); });
  });
  second = loop.set_timeout(1ms, says("never"));
  third = loop.set_timeout(1ms, says("never"));
  loop.set_timeout(1ms, says("t4"));
  work_for(2ms);
  EXPECT_EQ(after_run(), "t1 t4");
}

TEST_F(TimerTest, MayBeClearedByItsOwnCallAndAfterwards) {
  Ref<Timer> timer;
  timer = loop.set_timeout(1ms, [&, owned = std::make_unique<std::string>("timeout")] {
    timer->clear();
    log.add(*owned);
  });
  EXPECT_EQ(after_run(), "timeout");
  timer->clear();
  timer = nullptr;
}

TEST_F(TimerTest, FiresWithoutARef) {
  loop.set_timeout(1ms, says("timeout"));
  EXPECT_EQ(after_run(), "timeout");
}

// set_interval

TEST_F(TimerTest, RepeatsAnIntervalUntilItsOwnCallClearsIt) {
  Ref<Timer> timer;
  timer =
      loop.set_interval(1ms, [&, owned = std::make_unique<std::string>("iv"), count = 0]() mutable {
        if (++count == 3) timer->clear();
        log.add(*owned);
      });
  EXPECT_EQ(after_run(), "iv iv iv");
}

TEST_F(TimerTest, RestartsAnIntervalAfterTimersThatItsCallSet) {
  Ref<Timer> timer;
  timer = loop.set_interval(2ms, [&, count = 0]() mutable {
    log.add("iv" + std::to_string(++count));
    if (count == 2) return timer->clear();
    loop.set_timeout(2ms, says("timeout"));
  });
  EXPECT_EQ(after_run(), "iv1 timeout iv2");
}

TEST_F(TimerTest, LetsOthersRunThoughTheCallOfAnIntervalIsLongerThanItsDelay) {
  Ref<Timer> timer;
  timer = loop.set_interval(1ms, [&, count = 0]() mutable {
    log.add("iv" + std::to_string(++count));
    loop.set_immediate(says("immediate"));
    work_for(2ms);
    if (count == 2) timer->clear();
  });
  EXPECT_EQ(after_run(), "iv1 immediate iv2 immediate");
}

TEST_F(TimerTest, RepeatsAnIntervalThatThrows) {
  survive();
  Ref<Timer> timer;
  timer = loop.set_interval(1ms, [&, count = 0]() mutable {
    if (++count == 2) timer->clear();
    throws("iv")();
  });
  EXPECT_EQ(after_run(), "iv ! iv !");
}

TEST_F(TimerTest, MayBeHeldByItsOwnCall) {
  const auto owned = std::make_shared<int>();
  const auto timer = std::make_shared<Ref<Timer>>();
  *timer = loop.set_interval(1ms, [owned, timer] { (*timer)->clear(); });
  const auto other = std::make_shared<Ref<Timer>>();
  *other = loop.set_interval(1ms, [owned, other] {});
  (*other)->clear();
  loop.run();
  EXPECT_EQ(owned.use_count(), 1);
}

// ref, unref, has_ref

TEST_F(TimerTest, KeepsTheLoopAliveUnlessItIsUnreffed) {
  const Ref<Timer> timer = loop.set_timeout(1ms, says("timeout"));
  EXPECT_TRUE(timer->has_ref());
  timer->unref();
  EXPECT_FALSE(timer->has_ref());
  EXPECT_EQ(after_run(), "");
  timer->ref();
  EXPECT_TRUE(timer->has_ref());
  EXPECT_EQ(after_run(), "timeout");
  EXPECT_FALSE(timer->has_ref());
}

TEST_F(TimerTest, FiresUnreffedWhileSomethingElseKeepsTheLoopAlive) {
  loop.set_timeout(1ms, says("unref"))->unref();
  loop.set_timeout(2ms, says("ref"));
  EXPECT_EQ(after_run(), "unref ref");
}

TEST_F(TimerTest, StaysUnreffedWhenItRepeats) {
  const Ref<Timer> timer = loop.set_interval(1ms, says("iv"));
  timer->unref();
  loop.set_timeout(1ms, [&] {
    EXPECT_FALSE(timer->has_ref());
    timer->clear();
  });
  EXPECT_EQ(after_run(), "iv");
}

TEST_F(TimerTest, MayBeUnreffedByItsOwnCall) {
  Ref<Timer> timer;
  timer = loop.set_interval(1ms, [&] {
    log.add("iv");
    EXPECT_TRUE(timer->has_ref());
    timer->unref();
  });
  EXPECT_EQ(after_run(), "iv");
}

TEST_F(TimerTest, HasNothingToRefOnceItIsOver) {
  const Ref<Timer> cleared = loop.set_timeout(1ms, says("never"));
  cleared->clear();
  const Ref<Timer> fired = loop.set_timeout(1ms, says("timeout"));
  EXPECT_EQ(after_run(), "timeout");
  for (const auto& timer : {cleared, fired}) {
    timer->ref();
    EXPECT_FALSE(timer->has_ref());
    timer->unref();
  }
  EXPECT_FALSE(loop.poll());
}

}  // namespace
}  // namespace weir
