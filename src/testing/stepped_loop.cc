#include <weir/testing/stepped_loop.h>

#include "loop/loop_core.h"

namespace weir::test {

SteppedLoop::SteppedLoop() : clock_(*this), start_(clock_.now()) {}

void SteppedLoop::run_ready() {
  do {
    poll();
  } while (alive() && timeout() == std::chrono::milliseconds(0));
}

void SteppedLoop::pass(std::chrono::nanoseconds time) {
  const auto end = now() + time;
  run_ready();
  for (auto due = core().next_due(); due && *due <= end; due = core().next_due()) {
    if (*due > now()) clock_.pass(*due - now());
    run_ready();
  }
  if (end > now()) clock_.pass(end - now());
  run_ready();
}

bool SteppedLoop::turn() {
  const bool is_ready = timeout() == std::chrono::milliseconds(0);
  const auto due = core().next_due();
  if (is_ready || !due || !alive())
    poll();
  else
    clock_.pass(*due - now());
  return alive();
}

bool SteppedLoop::run_all(std::size_t most) {
  for (std::size_t turns = 0; turns < most; ++turns)
    if (!turn()) return true;
  return false;
}

std::chrono::milliseconds SteppedLoop::age() const noexcept {
  return std::chrono::duration_cast<std::chrono::milliseconds>(now() - start_);
}

}  // namespace weir::test
