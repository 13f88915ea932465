// Clock - the time of a Loop's timers and limits: the system's steady clock, or a test's.
//
//   const internal::Clock& clock = loop.core().clock();
//   const auto limit = clock.now() + 5s;
//
// Read this clock wherever time passes between callbacks of a Loop: tests and simulations step it
// (weir/loop/stepped_clock.h). Code that blocks its thread, or measures the duration of a call,
// reads std::chrono::steady_clock. Until it is stepped, a reading costs one branch more than the
// system's.
#pragma once

#include <chrono>
#include <ctime>
#include <optional>

namespace weir::internal {

class Clock {
 public:
  using duration = std::chrono::steady_clock::duration;
  using time_point = std::chrono::steady_clock::time_point;

  time_point now() const noexcept {
    return stepped_ ? *stepped_ : std::chrono::steady_clock::now();
  }
  // The same, up to a few milliseconds in the past, for limits of seconds: costs a quarter.
  time_point coarse_now() const noexcept;

  bool is_stepped() const noexcept { return stepped_.has_value(); }
  // Sets the time until the next step. For LoopCore::step_clock, which updates the timers.
  void step_to(time_point time) noexcept { stepped_ = time; }

 private:
  std::optional<time_point> stepped_;
};

// The system's steady clock as of its last interrupt.
inline Clock::time_point Clock::coarse_now() const noexcept {
  if (stepped_) return *stepped_;
  timespec time;
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
  return time_point(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

}  // namespace weir::internal
