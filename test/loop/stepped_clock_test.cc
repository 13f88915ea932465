#include <weir/loop/stepped_clock.h>

#include "support/loop_test.h"

#include <chrono>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""us;

class SteppedClockTest : public test::LoopTest {
 protected:
  // Logs how much time has passed when it is called.
  auto says_when() {
    return [this] {
      const auto passed = clock.now() - start;
      log.add(
          fmt::format("{}", std::chrono::duration_cast<std::chrono::milliseconds>(passed).count()));
    };
  }

  SteppedClock clock{loop};
  const std::chrono::steady_clock::time_point start = clock.now();
};

TEST_F(SteppedClockTest, TimersFireWhenTheirTimeHasPassedAndNotBefore) {
  loop.set_timeout(2h, says("timeout"));
  for (int turn = 0; turn < 10; ++turn) loop.poll();
  clock.pass(2h - 1ms);
  EXPECT_EQ(log.take(), "");
  clock.pass(999us);
  EXPECT_EQ(log.take(), "");
  clock.pass(1us);
  EXPECT_EQ(log.take(), "timeout");
  clock.pass(10h);
  EXPECT_EQ(after_run(), "");
}

TEST_F(SteppedClockTest, EachTimerFiresAtItsOwnTimeInOrder) {
  loop.set_timeout(30ms, says_when());
  loop.set_timeout(10ms, [&] {
    says_when()();
    loop.set_timeout(5ms, says_when());
    loop.next_tick(says("tick"));
  });
  loop.set_timeout(20ms, says_when());
  clock.pass(1s);
  EXPECT_EQ(log.take(), "10 tick 15 20 30");
  EXPECT_EQ(clock.now() - start, 1s);
}

TEST_F(SteppedClockTest, TimersOfOneTimeFireInTheOrderTheyWereSet) {
  for (const char* const name : {"a", "b", "c", "d", "e", "f", "g", "h"})
    loop.set_timeout(10ms, says(name));
  clock.pass(10ms);
  EXPECT_EQ(log.take(), "a b c d e f g h");
}

TEST_F(SteppedClockTest, IntervalsFireOnceForEachTime) {
  const Ref<Timer> interval = loop.set_interval(10ms, says_when());
  clock.pass(35ms);
  EXPECT_EQ(log.take(), "10 20 30");
  interval->clear();
  clock.pass(1s);
  EXPECT_EQ(after_run(), "");
}

TEST_F(SteppedClockTest, SkippedTimeIsThatOfALongCall) {
  loop.set_interval(10ms, says_when())->unref();
  loop.set_immediate([&] {
    clock.skip(35ms);
    log.add("immediate");
  });
  loop.poll();
  loop.poll();
  EXPECT_EQ(log.take(), "immediate 35");
  clock.pass(10ms);
  EXPECT_EQ(log.take(), "45");
}

TEST_F(SteppedClockTest, ATimerMayBeClearedByOneThatIsDueWithIt) {
  Ref<Timer> second;
  loop.set_timeout(10ms, [&] {
    log.add("first");
    second->clear();
  });
  second = loop.set_timeout(10ms, says("second"));
  clock.pass(1s);
  EXPECT_EQ(after_run(), "first");
}

TEST_F(SteppedClockTest, TimersThatWereSetBeforeFollowItToo) {
  Loop other;
  other.set_timeout(1h, says("before"));
  SteppedClock others(other);
  other.set_timeout(1h, says("after"));
  others.pass(1h - 10s);  // between the two, the system's time passed
  EXPECT_EQ(log.take(), "");
  others.pass(10s);
  EXPECT_EQ(log.take(), "before after");
}

TEST_F(SteppedClockTest, OtherLoopsAreNotTouched) {
  Loop other;
  other.set_timeout(1h, says("other"))->unref();
  clock.pass(2h);
  other.poll();
  EXPECT_EQ(log.take(), "");
}

TEST_F(SteppedClockTest, UnreferencedTimersFireAndDoNotKeepTheLoopRunning) {
  loop.set_timeout(1h, says("timeout"))->unref();
  EXPECT_EQ(after_run(), "");
  clock.pass(1h);
  EXPECT_EQ(log.take(), "timeout");
}

TEST_F(SteppedClockTest, AReferencedTimerKeepsTheLoopAlive) {
  loop.set_timeout(1h, says("timeout"));
  EXPECT_TRUE(loop.poll());
  clock.pass(1h);
  EXPECT_FALSE(loop.poll());
}

TEST_F(SteppedClockTest, TimeStandsStillAtATimerThatThrows) {
  loop.set_timeout(10ms, throws("bad"));
  loop.set_timeout(20ms, says_when());
  EXPECT_THROW(clock.pass(1s), std::runtime_error);
  EXPECT_EQ(clock.now() - start, 10ms);
  clock.pass(1s);
  EXPECT_EQ(log.take(), "bad 20");
}

TEST_F(SteppedClockTest, TheLoopMayEndWithTimersThatAreNotDue) {
  auto owned = std::make_shared<int>();
  const std::weak_ptr<int> left = owned;
  {
    Loop other;
    SteppedClock others(other);
    other.set_timeout(1h, [owned = std::move(owned)] {});
    others.pass(1s);
  }
  EXPECT_TRUE(left.expired());
}

}  // namespace
}  // namespace weir
