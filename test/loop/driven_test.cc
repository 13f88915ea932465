// A Loop that another loop drives with poll(), backend_fd() and timeout().
#include "support/loop_test.h"
#include <weir/loop/scoped_timer.h>
#include <weir/loop/stepped_clock.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include <gmock/gmock.h>
#include <poll.h>

namespace weir {
namespace {

using test::operator""ms;

class DrivenLoop : public test::LoopTest {
 protected:
  bool is_readable(int wait_ms = 0) const {
    pollfd wait{.fd = loop.backend_fd(), .events = POLLIN, .revents = 0};
    return ::poll(&wait, 1, wait_ms) == 1;
  }
  // The loop of an application.
  std::string drive() {
    while (loop.poll()) {
      const auto timeout = loop.timeout();
      is_readable(timeout ? static_cast<int>(timeout->count()) : -1);
    }
    return log.take();
  }
};

TEST_F(DrivenLoop, RunsAllKindsOfCalls) {
  loop.set_immediate([&] {
    log.add("immediate");
    loop.next_tick(says("tick"));
    loop.set_timeout(2ms, says("timeout"));
  });
  loop.post(says("post"));
  EXPECT_EQ(drive(), "post immediate tick timeout");
}

TEST_F(DrivenLoop, WithoutWorkIsNotAliveAndHasNoTimeout) {
  EXPECT_FALSE(loop.alive());
  EXPECT_FALSE(loop.timeout().has_value());
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(loop.poll());
  loop.set_immediate(says("late"));
  EXPECT_TRUE(loop.alive());
  EXPECT_EQ(drive(), "late");
  EXPECT_FALSE(loop.poll());
  EXPECT_FALSE(is_readable());
}

TEST_F(DrivenLoop, TellsHowLongToWait) {
  SteppedClock clock(loop);
  const ScopedTimer timer(loop.set_timeout(50ms, says("fired")));
  EXPECT_EQ(loop.timeout(), 0ms);  // no turn has passed the loop's handles to the system yet
  loop.poll();
  EXPECT_NE(loop.timeout(), 0ms);
  clock.pass(49ms);
  EXPECT_EQ(log.take(), "");
  loop.next_tick(says("tick"));
  EXPECT_EQ(loop.timeout(), 0ms);
  loop.poll();
  clock.pass(1ms);
  EXPECT_EQ(log.take(), "tick fired");
}

TEST_F(DrivenLoop, WaitsForItsFirstTimer) {
  const ScopedTimer late(loop.set_timeout(std::chrono::hours(1), says("never")));
  loop.poll();
  ASSERT_TRUE(loop.timeout().has_value());
  EXPECT_LE(*loop.timeout(), std::chrono::hours(1));
  EXPECT_GT(*loop.timeout(), std::chrono::minutes(50));
  loop.set_immediate(says("soon"));
  EXPECT_EQ(loop.timeout(), 0ms);
  loop.poll();
  EXPECT_GT(*loop.timeout(), std::chrono::minutes(50));
}

TEST_F(DrivenLoop, HasATimeoutForTimersThatDoNotKeepItAlive) {
  const ScopedTimer timer(loop.set_timeout(std::chrono::hours(1), says("never")));
  timer->unref();
  EXPECT_FALSE(loop.alive());
  ASSERT_TRUE(loop.timeout().has_value());
  EXPECT_GT(*loop.timeout(), std::chrono::minutes(50));
  EXPECT_LE(*loop.timeout(), std::chrono::hours(1));
}

TEST_F(DrivenLoop, IsReadableAfterAPostOfAnotherThread) {
  EXPECT_FALSE(loop.poll());
  EXPECT_FALSE(is_readable());
  std::thread([&] { loop.post(says("post")); }).join();
  EXPECT_TRUE(is_readable(60'000));
  EXPECT_FALSE(loop.poll());
  EXPECT_EQ(log.take(), "post");
}

TEST_F(DrivenLoop, IsRunningInItsCallbacksOnly) {
  EXPECT_FALSE(loop.is_running());
  loop.set_immediate([&] { EXPECT_TRUE(loop.is_running()); });
  loop.next_tick([&] { EXPECT_TRUE(loop.is_running()); });
  loop.poll();
  EXPECT_FALSE(loop.is_running());
  loop.set_immediate(throws("immediate"));
  EXPECT_ANY_THROW(loop.run());
  EXPECT_FALSE(loop.is_running());
}

TEST_F(DrivenLoop, AnExceptionLeavesPollAndTheNextPollContinues) {
  loop.next_tick(throws("one"));
  loop.next_tick(says("two"));
  EXPECT_THAT([&] { loop.poll(); }, testing::ThrowsMessage<std::runtime_error>("one threw"));
  EXPECT_EQ(loop.timeout(), 0ms);
  EXPECT_EQ(drive(), "one two");
}

class PollDueTest : public DrivenLoop {
 protected:
  PollDueTest() {
    loop.poll();
    loop.on_poll_due([this] { ++calls; });
  }
  // True if there were calls since the last time.
  bool is_due() { return std::exchange(calls, 0) > 0; }

  int calls = 0;
};

TEST_F(PollDueTest, IsCalledForEachChangeOutsideOfTheLoop) {
  loop.next_tick([] {});
  EXPECT_TRUE(is_due());
  loop.poll();
  loop.set_immediate([] {});
  EXPECT_TRUE(is_due());
  loop.poll();
  const auto timer = loop.set_timeout(std::chrono::hours(1), [] {});
  EXPECT_TRUE(is_due());
  timer->unref();
  EXPECT_TRUE(is_due());
  timer->ref();
  EXPECT_TRUE(is_due());
  timer->clear();
  EXPECT_TRUE(is_due());
  {
    const Loop::KeepAlive alive(loop);
    EXPECT_TRUE(is_due());
  }
  EXPECT_TRUE(is_due());
}

TEST_F(PollDueTest, IsNotCalledForWhatTheLoopDoesItself) {
  loop.set_immediate([&] {
    loop.next_tick([] {});
    loop.set_timeout(1ms, [] {});
    const Loop::KeepAlive alive(loop);
  });
  EXPECT_TRUE(is_due());
  EXPECT_EQ(drive(), "");
  EXPECT_FALSE(is_due());
  EXPECT_FALSE(loop.poll());
  EXPECT_FALSE(is_due());
}

TEST_F(PollDueTest, EndsWithAnEmptyFunctionAndIsDestroyedWithTheLoop) {
  loop.on_poll_due({});
  loop.next_tick([] {});
  EXPECT_FALSE(is_due());
  auto watched = std::make_shared<int>();
  {
    Loop other;
    other.on_poll_due([watched] {});
    EXPECT_EQ(watched.use_count(), 2);
  }
  EXPECT_EQ(watched.use_count(), 1);
}

}  // namespace
}  // namespace weir
