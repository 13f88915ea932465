#include <weir/coro/run.h>

#include "support/coro_test.h"
#include <weir/coro/try.h>

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

namespace weir {
namespace {

using namespace std::chrono_literals;
using RunTest = test::CoroTest;
using SpawnTest = test::CoroTest;
using LoopAwaitablesTest = test::CoroTest;

TEST_F(RunTest, LeavesOtherWorkOnTheLoop) {
  const auto later = loop.set_timeout(std::chrono::hours(1), says("never"));
  co::run(loop, [&]() -> Task<> { co_await co::sleep(loop, 1ms); });
  EXPECT_TRUE(loop.alive());
  later->clear();
  EXPECT_EQ(after_run(), "");
}

TEST_F(RunTest, ThrowsIfTheLoopHasNoMoreWork) {
  struct Never {
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<>) const {}
    void await_resume() const {}
  };
  EXPECT_THROW(co::run(loop, []() -> Task<> { co_await Never(); }), Error);
}

TEST_F(RunTest, ThrowsIfTheLoopIsStopped) {
  loop.set_timeout(1ms, [&] { loop.stop(); });
  EXPECT_THROW(co::run(loop, [&]() -> Task<> { co_await co::sleep(loop, 1h); }), Error);
}

TEST_F(RunTest, AStopEndsTheTask) {
  loop.set_timeout(1ms, [&] { stop.request_stop(); });
  try {
    co::run(loop, [&]() -> Task<> { co_await co::sleep(loop, 1h); }, stop.get_token());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error, Errc::aborted);
  }
}

TEST_F(SpawnTest, BeginsAtOnce) {
  spawn([&]() -> Task<> {
    log.add("begun");
    co_await co::yield(loop);
    log.add("over");
  });
  EXPECT_EQ(log.take(), "begun");
  EXPECT_EQ(after_run(), "over");
}

TEST_F(SpawnTest, AnUncaughtExceptionLeavesRun) {
  co::spawn(loop, []() -> Task<> {
    throw std::runtime_error("uncaught");
    co_return;
  });
  EXPECT_THROW(loop.run(), std::runtime_error);
}

TEST_F(SpawnTest, AnUncaughtExceptionIsPassedToTheHandler) {
  survive();
  co::spawn(loop, [&]() -> Task<> {
    co_await co::sleep(loop, 1ms);
    throw Error("uncaught");
  });
  co::spawn(loop, [&]() -> Task<> {
    co_await co::sleep(loop, 5ms);
    log.add("another");
  });
  EXPECT_EQ(after_run(), "! another");
}

TEST_F(SpawnTest, AStoppedTaskIsNotUncaught) {
  co::spawn(
      loop,
      [&]() -> Task<> {
        co_await co::sleep(loop, 1h);
        log.add("slept");
      },
      stop.get_token());
  loop.set_timeout(1ms, [&] { stop.request_stop(); });
  EXPECT_EQ(after_run(), "");
}

TEST_F(SpawnTest, AnotherErrorOfAStoppedTaskIsUncaught) {
  co::spawn(
      loop,
      [&]() -> Task<> {
        co_await co::try_(co::sleep(loop, 1h));
        throw Error("another");
      },
      stop.get_token());
  stop.request_stop();
  EXPECT_THROW(loop.run(), Error);
}

TEST_F(SpawnTest, AWaitAfterAStopThrowsAtOnce) {
  stop.request_stop();
  spawn([&]() -> Task<> { co_await co::sleep(loop, 1h); });
  EXPECT_EQ(log.take(), "!ABORT_ERR");
}

TEST_F(SpawnTest, AStopAfterTheWaitChangesNothing) {
  spawn([&]() -> Task<> {
    co_await co::sleep(loop, 1ms);
    log.add("slept");
    stop.request_stop();
    log.add("over");
    co_return;
  });
  EXPECT_EQ(after_run(), "slept over");
  stop.request_stop();
}

TEST_F(SpawnTest, AStopFromAnotherThreadResumesOnTheLoopsThread) {
  const std::thread::id here = std::this_thread::get_id();
  std::optional<Loop::KeepAlive> alive(loop);
  spawn([&]() -> Task<> {
    const auto slept = co_await co::try_(co::sleep(loop, 1h));
    EXPECT_EQ(slept.error(), Errc::aborted);
    EXPECT_EQ(std::this_thread::get_id(), here);
    alive.reset();
  });
  std::thread other([&] { stop.request_stop(); });
  loop.run();
  other.join();
  EXPECT_FALSE(alive);
}

TEST_F(SpawnTest, TheLoopsEndResumesATaskThatSleeps) {
  std::optional<Loop> other(std::in_place);
  co::spawn(*other, logging([&]() -> Task<> { co_await co::sleep(*other, 1h); }));
  other.reset();
  EXPECT_EQ(log.take(), "!ABORT_ERR");
}

TEST_F(SpawnTest, AWaitDuringTheLoopsEndThrowsAtOnce) {
  std::optional<Loop> other(std::in_place);
  co::spawn(*other, logging([&]() -> Task<> {
    co_await co::try_(co::sleep(*other, 1h));
    log.add("woken");
    co_await co::sleep(*other, 1h);
  }));
  other.reset();
  EXPECT_EQ(log.take(), "woken !ABORT_ERR");
}

TEST_F(SpawnTest, AnUncaughtExceptionDuringTheLoopsEndIsDropped) {
  std::optional<Loop> other(std::in_place);
  co::spawn(*other, [&]() -> Task<> { co_await co::sleep(*other, 1h); });
  other.reset();
}

TEST_F(SpawnTest, InheritsTheTokenThroughTasks) {
  const auto inner = [](Loop& on) -> Task<> { co_await co::sleep(on, 1h); };
  spawn([&]() -> Task<> { co_await inner(loop); });
  stop.request_stop();
  EXPECT_EQ(after_run(), "!ABORT_ERR");
}

TEST_F(SpawnTest, AShieldedWaitIsNotStopped) {
  spawn([&]() -> Task<> {
    co_await co::shield(co::sleep(loop, 1ms));
    log.add("slept");
    co_await co::sleep(loop, 1ms);
  });
  stop.request_stop();
  EXPECT_EQ(after_run(), "slept !ABORT_ERR");
}

TEST_F(LoopAwaitablesTest, AYieldLetsOtherCallbacksRun) {
  spawn([&]() -> Task<> {
    loop.next_tick(says("tick"));
    loop.set_immediate(says("immediate"));
    co_await co::yield(loop);
    log.add("resumed");
  });
  EXPECT_EQ(after_run(), "tick immediate resumed");
}

TEST_F(LoopAwaitablesTest, ASleepFollowsTheLoopsClock) {
  SteppedClock clock(loop);
  spawn([&]() -> Task<> {
    co_await co::sleep(loop, 1min);
    log.add("slept");
  });
  clock.pass(59s);
  EXPECT_EQ(log.take(), "");
  clock.pass(1s);
  EXPECT_EQ(log.take(), "slept");
}

TEST_F(LoopAwaitablesTest, OnContinuesOnTheOtherLoopsThread) {
  const std::thread::id here = std::this_thread::get_id();
  std::optional<Loop::KeepAlive> alive(loop);
  std::promise<Loop*> made;
  std::atomic<bool> done = false;
  std::thread other([&] {
    Loop there;
    made.set_value(&there);
    while (!done) there.poll();
  });
  Loop& there = *made.get_future().get();
  spawn([&]() -> Task<> {
    co_await co::on(there);
    EXPECT_NE(std::this_thread::get_id(), here);
    co_await co::on(loop);
    EXPECT_EQ(std::this_thread::get_id(), here);
    log.add("back");
    alive.reset();
  });
  loop.run();
  done = true;
  other.join();
  EXPECT_EQ(log.take(), "back");
}

TEST_F(LoopAwaitablesTest, ATaskThatEndsOnAnotherThreadContinuesItsAwaiterThere) {
  const std::thread::id here = std::this_thread::get_id();
  std::optional<Loop::KeepAlive> alive(loop);
  std::promise<Loop*> made;
  std::atomic<bool> done = false;
  std::thread other([&] {
    Loop there;
    made.set_value(&there);
    while (!done) there.poll();
  });
  Loop& there = *made.get_future().get();
  const auto go = [](Loop& to) -> Task<> { co_await co::on(to); };
  const int turns = co::run(loop, [&]() -> Task<int> {
    int count = 0;
    for (; count < 50; ++count) {
      co_await go(there);
      EXPECT_NE(std::this_thread::get_id(), here);
      co_await go(loop);
      EXPECT_EQ(std::this_thread::get_id(), here);
    }
    alive.reset();
    co_return count;
  });
  EXPECT_EQ(turns, 50);
  done = true;
  other.join();
}

TEST_F(LoopAwaitablesTest, OnALoopThatIsDestroyedThrows) {
  std::optional<Loop> other(std::in_place);
  spawn([&]() -> Task<> { co_await co::on(*other); });
  other.reset();
  EXPECT_EQ(log.take(), "!ABORT_ERR");
}

}  // namespace
}  // namespace weir
