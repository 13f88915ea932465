#include <weir/loop/stepped_clock.h>

#include "loop/loop_core.h"

#include <algorithm>

namespace weir {

SteppedClock::SteppedClock(Loop& loop) : loop_(loop) {
  // Whole milliseconds, as the times of timers.
  loop.core().step_clock(std::chrono::floor<std::chrono::milliseconds>(now()));
}

void SteppedClock::pass(std::chrono::nanoseconds time) {
  internal::LoopCore& core = loop_.core();
  const auto end = now() + time;
  for (auto due = core.next_due(); due && *due <= end; due = core.next_due()) {
    core.step_clock(std::max(*due, now()));
    loop_.poll();
  }
  core.step_clock(end);
  loop_.poll();
}

void SteppedClock::skip(std::chrono::nanoseconds time) { loop_.core().step_clock(now() + time); }

std::chrono::steady_clock::time_point SteppedClock::now() const noexcept {
  return loop_.core().clock().now();
}

}  // namespace weir
