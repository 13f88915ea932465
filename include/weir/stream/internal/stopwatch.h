// weir/stream/internal/stopwatch.h - Stopwatch: the sum of several periods, in one number.
#pragma once

#include <weir/base/durations.h>

namespace weir::internal {

class Stopwatch {
 public:
  using Time = std::chrono::nanoseconds;

  bool is_running() const noexcept { return sum_ < Time(0); }
  void start(Time now) noexcept {
    if (!is_running()) sum_ -= now;
  }
  void stop(Time now) noexcept {
    if (is_running()) sum_ += now;
  }
  // With the current period.
  Time sum(Time now) const noexcept { return is_running() ? sum_ + now : sum_; }

 private:
  // While it runs, without the time of the start: negative, since a clock counts from before the
  // first period.
  Time sum_{0};
};

}  // namespace weir::internal
