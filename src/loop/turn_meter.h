// Measures the turns of a Loop: from the first callback after a wait to the next wait.
#pragma once

#include <weir/loop/metrics.h>

#include <chrono>
#include <cstdint>

namespace weir::internal {

class TurnMeter {
 public:
  using Time = std::chrono::nanoseconds;

  bool is_in_turn() const noexcept { return is_in_turn_; }
  void begin(Time now) noexcept {
    is_in_turn_ = true;
    begun_ = now;
  }
  void end(Time now) noexcept {
    is_in_turn_ = false;
    ++turns_;
    busy_ += now - begun_;
    latency_.add(now - begun_);
  }

  // The time of the current or last turn's begin.
  Time begun() const noexcept { return begun_; }
  std::uint64_t turns() const noexcept { return turns_; }
  Time busy() const noexcept { return busy_; }
  const DurationHistogram& latency() const noexcept { return latency_; }

 private:
  bool is_in_turn_ = false;
  Time begun_{0};
  std::uint64_t turns_ = 0;
  Time busy_{0};
  DurationHistogram latency_;
};

}  // namespace weir::internal
