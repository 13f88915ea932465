// support/coro_test.h - the fixture of tests that run coroutines on a loop.
//
//   spawn([&]() -> Task<> { co_await co::sleep(loop, 1ms); log.add("slept"); });
//   EXPECT_EQ(after_run(), "slept");
#pragma once

#include "support/loop_test.h"
#include <weir/coro/loop.h>
#include <weir/coro/run.h>
#include <weir/coro/task.h>
#include <weir/loop/stepped_clock.h>

#include <stop_token>
#include <string>
#include <utility>

namespace weir::test {

class CoroTest : public LoopTest {
 protected:
  // Starts a task that logs the name of the Error that it ends with.
  template <class F>
  void spawn(F function) {
    co::spawn(loop, logging(std::move(function)), stop.get_token());
  }
  // Awaits `function()`, and logs its Error as "!ABORT_ERR".
  template <class F>
  auto logging(F function) {
    return [this, function = std::move(function)]() mutable -> Task<> {
      std::string failed;
      try {
        co_await function();
      } catch (const Error& error) {
        failed = name_of(error);
      }
      if (!failed.empty()) log.add("!" + failed);
    };
  }
  std::stop_source stop;
};

}  // namespace weir::test
