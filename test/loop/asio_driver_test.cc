#if __has_include(<asio.hpp>)
#include "support/loop_test.h"
#include <weir/loop/asio.h>
#include <weir/loop/scoped_timer.h>
#include <weir/loop/signal.h>

#include <chrono>
#include <csignal>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include <asio.hpp>
#include <gmock/gmock.h>

namespace weir {
namespace {

using test::operator""ms;

class AsioDriverTest : public test::LoopTest {
 protected:
  std::string after_io_run() {
    io.restart();
    io.run();
    return log.take();
  }
  // Calls back on Asio's side after a time that a loop's turn does not take.
  void after(std::chrono::milliseconds delay, std::function<void()> call) {
    auto timer = std::make_shared<asio::steady_timer>(io, delay);
    timer->async_wait([timer, call = std::move(call)](const std::error_code&) { call(); });
  }

  asio::io_context io;
  std::optional<AsioDriver> driver{std::in_place, loop, io};
};

TEST_F(AsioDriverTest, ReturnsAtOnceIfNeitherHasWork) {
  EXPECT_EQ(after_io_run(), "");
  EXPECT_EQ(after_io_run(), "");
}

TEST_F(AsioDriverTest, RunsAllKindsOfCallsOfTheLoopUntilItHasNoWork) {
  loop.set_immediate([&] {
    log.add("immediate");
    loop.next_tick(says("tick"));
    loop.set_timeout(2ms, says("timeout"));
  });
  loop.post(says("post"));
  EXPECT_EQ(after_io_run(), "post immediate tick timeout");
}

TEST_F(AsioDriverTest, KeepsAsiosWorkAndTheLoopsWorkApart) {
  loop.set_timeout(1ms, [&] {
    log.add("loop");
    after(1ms, says("asio"));
  });
  EXPECT_EQ(after_io_run(), "loop asio");
  after(1ms, [&] {
    log.add("asio");
    loop.set_timeout(1ms, says("loop"));
  });
  EXPECT_EQ(after_io_run(), "asio loop");
}

// Asio's handlers run outside of the loop's turns.
TEST_F(AsioDriverTest, SeesEachKindOfWorkThatAHandlerOfAsioAdds) {
  const std::function<void()> kinds[] = {
      [&] { loop.next_tick(says("done")); },
      [&] { loop.set_immediate(says("done")); },
      [&] { loop.set_timeout(1ms, says("done")); },
      [&] { loop.set_timeout(1ms, says("done"))->unref().ref(); },
      [&] {
        auto alive = std::make_shared<std::optional<Loop::KeepAlive>>(loop);
        std::thread([&loop = loop, alive, done = says("done")]() mutable {
          loop.post([alive = std::move(alive), done] { done(); });
        }).detach();
      },
  };
  for (const auto& kind : kinds) {
    after(1ms, kind);
    EXPECT_EQ(after_io_run(), "done");
  }
}

TEST_F(AsioDriverTest, ReturnsOnceAHandlerOfAsioHasRemovedTheWork) {
  ScopedTimer timer(loop.set_timeout(std::chrono::hours(1), says("never")));
  after(1ms, [&] { timer = {}; });
  EXPECT_EQ(after_io_run(), "");
  auto unreferenced = loop.set_timeout(std::chrono::hours(1), says("never"));
  after(1ms, [&] { unreferenced->unref(); });
  EXPECT_EQ(after_io_run(), "");
  unreferenced->clear();
  std::optional<Loop::KeepAlive> alive(loop);
  after(1ms, [&] { alive.reset(); });
  EXPECT_EQ(after_io_run(), "");
}

TEST_F(AsioDriverTest, WhatDoesNotKeepALoopRunningIsServedMeanwhile) {
  bool has_signal = false;
  const Signal signal(loop, SIGUSR2, [&] { has_signal = true; });
  const ScopedTimer late(loop.set_timeout(std::chrono::hours(1), says("never")));
  late->unref();
  EXPECT_EQ(after_io_run(), "");
  auto work = asio::make_work_guard(io);
  after(1ms, [] { std::raise(SIGUSR2); });
  const auto unreferenced = loop.set_interval(1ms, [&] {
    if (has_signal) work.reset();
  });
  unreferenced->unref();
  EXPECT_EQ(after_io_run(), "");
  EXPECT_TRUE(has_signal);
  unreferenced->clear();
}

TEST_F(AsioDriverTest, RunsPostsOfOtherThreads) {
  int posts = 0;
  auto alive = std::make_unique<Loop::KeepAlive>(loop);
  std::thread poster([&] {
    for (int i = 0; i < 1000; ++i) loop.post([&] { ++posts; });
    loop.post([&] { alive.reset(); });
  });
  EXPECT_EQ(after_io_run(), "");
  poster.join();
  EXPECT_EQ(posts, 1000);
}

TEST_F(AsioDriverTest, ALateTimerReplacesALaterOneAndKeepsAnEarlierOne) {
  ScopedTimer late(loop.set_timeout(std::chrono::hours(1), says("never")));
  after(1ms, [&] {
    loop.set_timeout(1ms, [&] {
      log.add("first");
      loop.set_timeout(1ms, [&] {
        log.add("second");
        late = {};
      });
    });
  });
  EXPECT_EQ(after_io_run(), "first second");
}

TEST_F(AsioDriverTest, AnExceptionLeavesRunAndNothingElseIsLost) {
  loop.next_tick(throws("tick"));
  loop.next_tick(says("next tick"));
  loop.set_immediate([&] {
    loop.set_timeout(1ms, throws("timeout"));
    throws("immediate")();
  });
  bool asio_ran = false;
  asio::post(io, [&] { asio_ran = true; });
  for (const char* const name : {"tick threw", "immediate threw", "timeout threw"}) {
    io.restart();
    EXPECT_THAT([&] { io.run(); }, testing::ThrowsMessage<std::runtime_error>(name));
  }
  EXPECT_EQ(after_io_run(), "tick next tick immediate timeout");
  EXPECT_TRUE(asio_ran);
}

TEST_F(AsioDriverTest, OnUncaughtTakesTheExceptionInstead) {
  survive();
  loop.set_immediate([&] {
    loop.set_timeout(1ms, says("timeout"));
    throws("immediate")();
  });
  EXPECT_EQ(after_io_run(), "immediate ! timeout");
}

TEST_F(AsioDriverTest, AnExceptionOfAsioLeavesTheLoopAsItIs) {
  asio::post(io, [] { throw std::runtime_error("asio"); });
  loop.set_timeout(1ms, says("timeout"));
  EXPECT_THROW(io.run(), std::runtime_error);
  EXPECT_EQ(after_io_run(), "timeout");
}

TEST_F(AsioDriverTest, ALoopStopEndsATurnOnly) {
  loop.set_immediate([&] {
    loop.stop();
    log.add("stopped");
    loop.set_timeout(1ms, says("timeout"));
  });
  EXPECT_EQ(after_io_run(), "stopped timeout");
}

TEST_F(AsioDriverTest, AStopOfAsioStopsBoth) {
  loop.set_timeout(1ms, [&] {
    log.add("one");
    io.stop();
    loop.set_timeout(1ms, says("two"));
  });
  EXPECT_EQ(after_io_run(), "one");
  EXPECT_EQ(after_io_run(), "two");
}

TEST_F(AsioDriverTest, TheLoopMayRunByItselfInAHandlerOfAsio) {
  asio::post(io, [&] {
    loop.set_timeout(1ms, says("inner"));
    loop.run();
    log.add("ran");
  });
  EXPECT_EQ(after_io_run(), "inner ran");
  loop.set_timeout(1ms, says("alone"));
  EXPECT_EQ(after_run(), "alone");
  EXPECT_EQ(after_io_run(), "");
}

TEST_F(AsioDriverTest, ACallbackOfTheLoopMayPollAsio) {
  loop.set_immediate([&] {
    asio::post(io, says("asio"));
    loop.next_tick(says("tick"));
    io.poll();
    log.add("polled");
  });
  EXPECT_EQ(after_io_run(), "asio polled tick");
}

TEST_F(AsioDriverTest, IsDestroyedBeforeTheLoopWhichThenRunsByItself) {
  io.poll();
  loop.set_timeout(1ms, says("timeout"));
  driver.reset();
  EXPECT_EQ(after_io_run(), "");
  EXPECT_EQ(after_run(), "timeout");
  loop.next_tick(says("tick"));
  EXPECT_EQ(after_io_run(), "");
  EXPECT_EQ(after_run(), "tick");
  driver.emplace(loop, io);
  loop.set_immediate(says("again"));
  EXPECT_EQ(after_io_run(), "again");
}

TEST_F(AsioDriverTest, IsDestroyedByACallbackOfTheLoop) {
  loop.set_immediate([&] {
    driver.reset();
    log.add("destroyed");
    // A timeout could be due in this turn already: newer libuv runs the timers last.
    loop.set_immediate(says("immediate"));
  });
  EXPECT_EQ(after_io_run(), "destroyed");
  EXPECT_EQ(after_run(), "immediate");
}

TEST_F(AsioDriverTest, IsDestroyedByAHandlerOfAsio) {
  loop.set_timeout(std::chrono::hours(1), says("never"));
  after(1ms, [&] { driver.reset(); });
  EXPECT_EQ(after_io_run(), "");
}

TEST(AsioDriver, MayOutliveTheLoop) {
  asio::io_context io;
  std::optional<Loop> loop(std::in_place);
  const AsioDriver driver(*loop, io);
  bool fired = false;
  loop->set_timeout(std::chrono::hours(1), [&] { fired = true; });
  io.poll();
  asio::post(io, [&] { loop.reset(); });
  io.restart();
  io.run();
  EXPECT_FALSE(fired);
}

TEST(AsioDriver, MayBeLeftWithoutARun) {
  asio::io_context io;
  Loop loop;
  const AsioDriver driver(loop, io);
  loop.next_tick([] { FAIL(); });
}

}  // namespace
}  // namespace weir
#endif
