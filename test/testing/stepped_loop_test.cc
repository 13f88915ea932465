#include <weir/testing/stepped_loop.h>

#include <weir/testing/event_log.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir::test {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

class SteppedLoopTest : public ::testing::Test {
 protected:
  auto says(const char* name) {
    return [this, name] { log.add(name); };
  }

  EventLog log;
  SteppedLoop loop;
};

TEST_F(SteppedLoopTest, RunsWhatIsReadyInNoTime) {
  loop.set_timeout(1ms, says("timer"));
  loop.set_immediate([this] {
    log.add("immediate");
    loop.set_immediate(says("next"));
  });
  loop.next_tick(says("tick"));
  loop.run_ready();
  EXPECT_EQ(log.take(), "tick immediate next");
  EXPECT_EQ(loop.age(), 0ms);
}

TEST_F(SteppedLoopTest, PassesTimeOnlyWhenItIsTold) {
  loop.set_timeout(1min, says("minute"));
  loop.pass(59s);
  EXPECT_EQ(log.take(), "");
  loop.pass(1s);
  EXPECT_EQ(log.take(), "minute");
  EXPECT_EQ(loop.age(), 60s);
}

TEST_F(SteppedLoopTest, RunsWhatFollowsFromATimerBeforeTimeGoesOn) {
  loop.set_timeout(20ms, [this] {
    loop.set_immediate([this] {
      loop.set_immediate([this] {
        log.add(fmt::format("{}", loop.age().count()));
        loop.set_timeout(30ms, [this] { log.add(fmt::format("{}", loop.age().count())); });
      });
    });
  });
  loop.pass(49ms);
  EXPECT_EQ(log.take(), "20");
  loop.pass(1ms);
  EXPECT_EQ(log.take(), "50");
}

TEST_F(SteppedLoopTest, RunsWhatIsReadyBeforeAndAfterThePassedTime) {
  loop.set_immediate(
      [this] { loop.set_immediate([this] { log.add(fmt::format("{}", loop.age().count())); }); });
  loop.set_timeout(1s, [this] { loop.set_immediate(says("after")); });
  loop.pass(1s);
  EXPECT_EQ(log.take(), "0 after");
  EXPECT_EQ(loop.age(), 1s);
}

TEST_F(SteppedLoopTest, RunsAllWorkWhateverTimeItTakes) {
  loop.set_timeout(24h, [this] {
    log.add("day");
    loop.set_timeout(1h, says("hour"));
  });
  EXPECT_TRUE(loop.run_all());
  EXPECT_EQ(log.take(), "day hour");
  EXPECT_EQ(loop.age(), 25h);
  EXPECT_FALSE(loop.alive());
}

TEST_F(SteppedLoopTest, ReportsWorkThatNeverEnds) {
  loop.set_interval(1s, [] {});
  EXPECT_FALSE(loop.run_all(100));
}

TEST_F(SteppedLoopTest, FiresWhatBecameDueDuringAComputation) {
  loop.set_timeout(1s, says("second"));
  loop.skip(2s);
  EXPECT_EQ(log.take(), "");
  loop.run_ready();
  EXPECT_EQ(log.take(), "second");
}

}  // namespace
}  // namespace weir::test
