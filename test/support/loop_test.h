// support/loop_test.h - the fixture of tests that need a loop.
//
//   loop.set_immediate(says("immediate"));
//   loop.next_tick(says("tick"));
//   EXPECT_EQ(after_run(), "tick immediate");
#pragma once

#include "support/event_log.h"
#include <weir/loop/loop.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace weir::test {

using std::chrono_literals::operator""ms;

// Keeps the thread busy, as a call that computes does.
inline void work_for(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
  }
}

class LoopTest : public testing::Test {
 protected:
  // A call that adds its name to the log.
  auto says(std::string name) {
    return [this, name = std::move(name)] { log.add(name); };
  }
  // Logs, then throws.
  auto throws(std::string name) {
    return [this, name = std::move(name)] {
      log.add(name);
      throw std::runtime_error(name + " threw");
    };
  }
  // Logs "!" for each uncaught exception, and continues.
  void survive() {
    loop.on_uncaught([this](const std::exception_ptr&) { log.add("!"); });
  }

  Callback cb(std::string name) { return log.callback(std::move(name)); }
  std::string after_run() {
    loop.run();
    return log.take();
  }

  EventLog log;
  Loop loop;
};

}  // namespace weir::test
