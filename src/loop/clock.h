// Clock - the time that a Loop's timers and limits go by: the system's steady clock, or a test's.
//
//   const internal::Clock& clock = loop.core().clock();
//   const auto limit = clock.now() + 5s;
//
// Read this clock wherever time passes between callbacks of a Loop: tests and simulations step it
// (weir/loop/stepped_clock.h). What keeps the thread waiting, or measures how long a call took,
// reads std::chrono::steady_clock, for no step can happen meanwhile. Until it is stepped, a reading
// costs one branch more than the system's.
#pragma once

#include <chrono>
#include <optional>

namespace weir::internal {

class Clock {
 public:
  using duration = std::chrono::steady_clock::duration;
  using time_point = std::chrono::steady_clock::time_point;

  time_point now() const noexcept {
    return stepped_ ? *stepped_ : std::chrono::steady_clock::now();
  }

  bool is_stepped() const noexcept { return stepped_.has_value(); }
  // From now on it is `time`, until the next step. For LoopCore::step_clock, which has timers
  // follow.
  void step_to(time_point time) noexcept { stepped_ = time; }

 private:
  std::optional<time_point> stepped_;
};

}  // namespace weir::internal
