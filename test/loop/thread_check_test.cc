// Calls of a Loop's functions on a thread that is not its own: in builds with assertions they end
// the process with a sentence that names the call.

#include <weir/event/thread_check.h>

#include "support/loop_test.h"
#include <weir/event/emitter.h>
#include <weir/loop/signal.h>

#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

using test::operator""ms;

class ThreadCheckTest : public test::LoopTest {
 protected:
  ThreadCheckTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }

  static void elsewhere(const std::function<void()>& call) { std::thread(call).join(); }
};

#ifndef NDEBUG
using ThreadCheckDeathTest = ThreadCheckTest;

TEST_F(ThreadCheckDeathTest, NamesTheCallAndItsReplacement) {
  EXPECT_DEATH(elsewhere([&] { loop.next_tick([] {}); }),
               "weir: next_tick\\(\\) on a Loop was called on another thread than its loop's: use "
               "Loop::post to call it there");
}

TEST_F(ThreadCheckDeathTest, NoticesEveryEntryOfALoopATimerAndAnEmitter) {
  const Ref<Timer> timer = loop.set_timeout(1ms, [] {});
  Emitter<Error> emitter(&loop.ticks());
  const ListenerId id = emitter.on<Error>([] {});
  const std::vector<std::pair<std::string, std::function<void()>>> calls{
      {"next_tick\\(\\) on a Loop", [&] { loop.ticks().next_tick([] {}); }},
      {"next_tick\\(\\) on a Loop", [&] { loop.ticks().after_ticks([] {}); }},
      {"set_immediate\\(\\) on a Loop", [&] { loop.set_immediate([] {}); }},
      {"set_timeout\\(\\) on a Loop", [&] { loop.set_timeout(1ms, [] {}); }},
      {"set_interval\\(\\) on a Loop", [&] { loop.set_interval(1ms, [] {}); }},
      {"stop\\(\\) on a Loop", [&] { loop.stop(); }},
      {"on_uncaught\\(\\) on a Loop", [&] { loop.on_uncaught({}); }},
      {"on_warning\\(\\) on a Loop", [&] { loop.on_warning({}); }},
      {"set_default_high_water_mark\\(\\) on a Loop", [&] { loop.set_default_high_water_mark(1); }},
      {"set_default_object_high_water_mark\\(\\) on a Loop",
       [&] { loop.set_default_object_high_water_mark(1); }},
      {"default_high_water_mark\\(\\) on a Loop", [&] { loop.default_high_water_mark(); }},
      {"default_object_high_water_mark\\(\\) on a Loop",
       [&] { loop.default_object_high_water_mark(); }},
      {"make\\(\\) on a Loop", [&] { const Signal signal(loop, SIGUSR1, [] {}); }},
      {"clear\\(\\) on a Timer", [&] { timer->clear(); }},
      {"ref\\(\\) on a Timer", [&] { timer->ref(); }},
      {"unref\\(\\) on a Timer", [&] { timer->unref(); }},
      {"on\\(\\) on an Emitter", [&] { emitter.on<Error>([] {}); }},
      {"on\\(\\) on an Emitter", [&] { emitter.prepend_once<Error>([] {}); }},
      {"off\\(\\) on an Emitter", [&] { emitter.off(id); }},
      {"remove_all_listeners\\(\\) on an Emitter", [&] { emitter.remove_all_listeners(); }},
      {"emit\\(\\) on an Emitter", [&] { emitter.emit(Error("x")); }},
  };
  for (const auto& [message, call] : calls)
    EXPECT_DEATH(elsewhere(call), "weir: " + message + " was called on another thread");
}

TEST_F(ThreadCheckDeathTest, NoticesTheEndOfASignal) {
  std::optional<Signal> signal;
  signal.emplace(loop, SIGUSR1, [] {});
  EXPECT_DEATH(elsewhere([&] { signal.reset(); }), "~Ref\\(\\) on an object of a Loop");
}

TEST_F(ThreadCheckDeathTest, NoticesTheThreadThatMadeALoopWhichAnotherRuns) {
  EXPECT_DEATH(
      {
        loop.set_immediate([&] { elsewhere([&] { loop.set_immediate([] {}); }); });
        elsewhere([&] { loop.run(); });
      },
      "weir: set_immediate\\(\\) on a Loop was called on another thread");
}
#endif

// Permitted uses: none of them ends the process.

TEST_F(ThreadCheckTest, LetsALoopMoveToTheThreadThatRunsIt) {
  loop.set_immediate([&] { loop.next_tick(says("tick")); });
  elsewhere([&] {
    loop.run();
    loop.set_immediate(says("immediate"));
    loop.run();
  });
  loop.set_timeout(1ms, says("timeout"));
  EXPECT_EQ(after_run(), "tick immediate timeout");
}

TEST_F(ThreadCheckTest, LetsAnotherThreadDestroyALoopThatHasRun) {
  auto other = std::make_unique<Loop>();
  other->set_timeout(1ms, [] {});
  elsewhere([&] {
    other->run();
    other->set_timeout(1ms, [] {});
  });
  other.reset();
}

TEST_F(ThreadCheckTest, LetsOtherThreadsPost) {
  auto alive = std::make_unique<Loop::KeepAlive>(loop);
  std::thread other([&] {
    loop.post(says("post"));
    alive.reset();
  });
  EXPECT_EQ(after_run(), "post");
  other.join();
}

}  // namespace
}  // namespace weir
