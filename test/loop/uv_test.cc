#include <weir/loop/uv.h>

#include "support/event_log.h"
#include "support/loop_test.h"
#include <weir/base/error.h>
#include <weir/event/emitter.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir {
namespace {

using test::operator""ms;

class OwnLoop : public test::LoopTest {};

// An application with a libuv loop and a timer of its own.
class AdoptedLoop : public testing::Test {
 protected:
  AdoptedLoop() {
    EXPECT_EQ(uv_loop_init(&uv), 0);
    EXPECT_EQ(uv_timer_init(&uv, &timer), 0);
    timer.data = this;
    loop.emplace(&uv);
  }
  ~AdoptedLoop() override {
    loop.reset();
    uv_close(reinterpret_cast<uv_handle_t*>(&timer), nullptr);
    EXPECT_EQ(uv_run(&uv, UV_RUN_DEFAULT), 0);
    EXPECT_EQ(uv_loop_close(&uv), 0) << "weir left a handle";
  }

  auto says(std::string name) {
    return [this, name = std::move(name)] { log.add(name); };
  }
  // The application's timer calls this after 1 ms, and then every `repeat` ms if that is not 0.
  void start_timer(Function<void()> call, std::uint64_t repeat = 0) {
    on_timer = std::move(call);
    const auto fire = [](uv_timer_t* t) { static_cast<AdoptedLoop*>(t->data)->on_timer(); };
    EXPECT_EQ(uv_timer_start(&timer, fire, 1, repeat), 0);
  }
  std::string after_uv_run() {
    uv_run(&uv, UV_RUN_DEFAULT);
    return log.take();
  }

  uv_loop_t uv;
  uv_timer_t timer;
  Function<void()> on_timer;
  test::EventLog log;
  std::optional<Loop> loop;
};

TEST_F(AdoptedLoop, IsTheOneThatTheLoopGivesBack) { EXPECT_EQ(uv_loop_of(*loop), &uv); }

TEST_F(AdoptedLoop, ReturnsFromUvRunWhereThereIsNothingToDo) { EXPECT_EQ(after_uv_run(), ""); }

TEST_F(AdoptedLoop, RunsAllKindsOfCallsUnderUvRun) {
  loop->set_immediate([&] {
    log.add("imm1");
    loop->next_tick(says("tick"));
    loop->set_timeout(1ms, says("timeout"));
  });
  loop->set_immediate(says("imm2"));
  loop->post(says("post"));
  EXPECT_EQ(after_uv_run(), "post imm1 tick imm2 timeout");
}

TEST_F(AdoptedLoop, RunsTicksThatAreQueuedOutsideOfAnyCall) {
  loop->next_tick([&] {
    log.add("tick1");
    loop->next_tick(says("tick3"));
  });
  loop->next_tick(says("tick2"));
  EXPECT_EQ(after_uv_run(), "tick1 tick2 tick3");
  loop->next_tick(says("again"));
  EXPECT_EQ(after_uv_run(), "again");
}

TEST_F(AdoptedLoop, RunsTicksThatTheApplicationsCallbacksQueueBeforeItWaits) {
  const Ref<Timer> later = loop->set_timeout(std::chrono::hours(1), says("never"));
  start_timer([&] {
    log.add("application");
    loop->set_immediate([&] {
      log.add("immediate");
      later->clear();
    });
    loop->next_tick(says("tick"));
  });
  EXPECT_EQ(after_uv_run(), "application tick immediate");
}

TEST_F(AdoptedLoop, RunsTheApplicationsHandlesBesideItsOwn) {
  int left = 3;
  const auto fire = [&] {
    log.add("application");
    if (--left > 0) return;
    uv_timer_stop(&timer);
    loop->set_timeout(1ms, says("weir"));
  };
  start_timer(fire, 1);
  EXPECT_EQ(after_uv_run(), "application application application weir");
}

TEST_F(AdoptedLoop, MayBeRunThroughTheLoopToo) {
  start_timer([&] { loop->next_tick(says("tick")); });
  loop->run();
  EXPECT_EQ(log.take(), "tick");
}

TEST_F(AdoptedLoop, IsKeptAliveByAKeepAlive) {
  std::optional<Loop::KeepAlive> alive(*loop);
  std::thread other([&] {
    loop->post([&] {
      log.add("post");
      alive.reset();
    });
  });
  EXPECT_EQ(after_uv_run(), "post");
  other.join();
}

TEST_F(AdoptedLoop, EndsOnAnotherThreadWhereItsMakerReleasesTheKeepAlive) {
  std::optional<Loop::KeepAlive> alive(*loop);
  std::promise<void> runs;
  start_timer([&] { runs.set_value(); });
  std::thread runner([&] { uv_run(&uv, UV_RUN_DEFAULT); });
  runs.get_future().wait();
  alive.reset();
  runner.join();
}

TEST_F(AdoptedLoop, ThrowsTheExceptionOfACallOutOfRun) {
  loop->set_immediate([&] {
    loop->next_tick(says("tick"));
    throw std::runtime_error("imm1");
  });
  loop->set_immediate(says("imm2"));
  EXPECT_THROW(loop->run(), std::runtime_error);
  EXPECT_EQ(log.take(), "");
  EXPECT_EQ(after_uv_run(), "tick imm2");
}

using AdoptedLoopDeathTest = AdoptedLoop;

// The application's uv_run would stop and return without a word.
TEST_F(AdoptedLoopDeathTest, PrintsAnErrorWithoutAListenerAndEndsTheProcess) {
  Emitter<Error> emitter;
  const auto fail = [&] { emitter.emit(Error::system(ENOENT, "open", "/nowhere/x")); };
  constexpr const char* kMessage =
      "\\(weir\\) uncaught, and Loop::on_uncaught is not set: ENOENT: no such file or directory, "
      "open '/nowhere/x'";
  const auto each = [&](const auto& call) {
    EXPECT_DEATH(
        {
          call();
          uv_run(&uv, UV_RUN_DEFAULT);
        },
        kMessage);
  };
  each([&] { loop->next_tick(fail); });
  each([&] { loop->set_immediate(fail); });
  each([&] { loop->set_timeout(1ms, fail); });
  each([&] {
    loop->post(fail);
    start_timer(says("application"));
  });
  each([&] {
    loop->on_uncaught([&](const std::exception_ptr&) { fail(); });
    loop->next_tick([] { throw 1; });
  });
}

TEST_F(AdoptedLoopDeathTest, LetsATerminateHandlerFindTheException) {
  loop->next_tick([] { throw std::runtime_error("tick"); });
  EXPECT_DEATH(
      {
        std::set_terminate([] {
          try {
            std::rethrow_exception(std::current_exception());
          } catch (const std::exception& thrown) {
            std::fprintf(stderr, "the handler found: %s", thrown.what());
          }
          std::abort();
        });
        uv_run(&uv, UV_RUN_DEFAULT);
      },
      "the handler found: tick");
}

TEST_F(AdoptedLoop, FiresTheApplicationsTimerWhereAHandlerTakesTheError) {
  Emitter<Error> emitter;
  loop->on_uncaught([&](const std::exception_ptr&) { log.add("!"); });
  loop->next_tick([&] { emitter.emit(Error("boom")); });
  start_timer(says("application"));
  // The timer may be due by the time that the loop runs.
  EXPECT_THAT(after_uv_run(), testing::AnyOf("! application", "application !"));
}

TEST_F(AdoptedLoop, ContinuesUnderUvRunIfAHandlerTakesTheException) {
  loop->on_uncaught([&](const std::exception_ptr&) { log.add("!"); });
  loop->next_tick([] { throw std::runtime_error("tick1"); });
  loop->next_tick(says("tick2"));
  loop->set_immediate(says("immediate"));
  EXPECT_EQ(after_uv_run(), "! tick2 immediate");
}

TEST_F(AdoptedLoop, ContinuesWithoutTheLoop) {
  const auto owned = std::make_shared<int>();
  loop->set_timeout(1ms, [owned] { FAIL() << "was called"; });
  loop->set_interval(1ms, [owned] { FAIL() << "was called"; });
  loop->set_immediate([owned] { FAIL() << "was called"; });
  loop->next_tick([owned] { FAIL() << "was called"; });
  loop->post([owned] { FAIL() << "was called"; });
  start_timer(says("application"));
  loop.reset();
  EXPECT_EQ(owned.use_count(), 1);
  EXPECT_EQ(after_uv_run(), "application");
}

TEST_F(AdoptedLoop, MayCarryALoopAfterTheOther) {
  loop->set_immediate(says("first"));
  EXPECT_EQ(after_uv_run(), "first");
  loop.emplace(&uv);
  loop->set_immediate(says("second"));
  EXPECT_EQ(after_uv_run(), "second");
}

TEST_F(AdoptedLoop, MayCarryTwoLoopsAtOnce) {
  Loop other(&uv);
  other.set_timeout(1ms, [&] {
    log.add("other");
    loop->next_tick(says("tick"));
    other.next_tick(says("other-tick"));
  });
  EXPECT_EQ(after_uv_run(), "other other-tick tick");
}

TEST_F(OwnLoop, CarriesHandlesOfTheApplicationsWhereItIsItsOwn) {
  uv_timer_t timer;
  ASSERT_EQ(uv_timer_init(uv_loop_of(loop), &timer), 0);
  timer.data = &log;
  uv_timer_start(
      &timer,
      [](uv_timer_t* t) {
        static_cast<test::EventLog*>(t->data)->add("application");
        uv_close(reinterpret_cast<uv_handle_t*>(t), nullptr);
      },
      1, 0);
  EXPECT_EQ(after_run(), "application");
}

}  // namespace
}  // namespace weir
