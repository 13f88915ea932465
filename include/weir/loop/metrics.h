// weir/loop/metrics.h - the numbers of a Loop: Loop::metrics().
//
//   const weir::LoopMetrics numbers = loop.metrics();
//   fmt::print("p99 of a turn: {} us\n", numbers.latency.quantile(0.99).count() / 1000);
//
// A turn: the callbacks between two waits of the loop. A callback waits for those before it, so a
// long turn is the latency of everything else on the loop. On an application's libuv loop, the last
// turn before uv_run returns ends at the first wait of the next uv_run.
#pragma once

#include <weir/base/durations.h>
#include <weir/event/tick_queue.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace weir {

// Counts durations in four classes for each power of two, from a microsecond to 17 seconds.
class DurationHistogram {
 public:
  using Duration = std::chrono::nanoseconds;

  void add(Duration duration) noexcept { ++counts_[index_of(duration)]; }
  std::uint64_t count() const noexcept;
  // The upper limit of the class in which the share is reached: quantile(0.99). Zero if empty.
  Duration quantile(double share) const noexcept;
  // The counts since an earlier copy.
  DurationHistogram operator-(const DurationHistogram& earlier) const noexcept;

  static constexpr std::size_t kClasses = 97;
  // The number of durations below this limit and above the one of the class before.
  std::uint64_t count_of(std::size_t index) const noexcept { return counts_[index]; }
  static Duration limit_of(std::size_t index) noexcept;

 private:
  static constexpr std::size_t kFirstPower = 10;  // 1024 ns

  static std::size_t index_of(Duration duration) noexcept {
    const auto time =
        static_cast<std::uint64_t>((duration < Duration(0) ? Duration(0) : duration).count());
    const auto width = static_cast<std::size_t>(std::bit_width(time));
    if (width <= kFirstPower) return 0;
    const std::size_t quarter = (time >> (width - 3)) & 3;
    const std::size_t index = 1 + (width - 1 - kFirstPower) * 4 + quarter;
    return index < kClasses ? index : kClasses - 1;
  }

  std::array<std::uint64_t, kClasses> counts_{};
};

struct LoopMetrics {
  std::uint64_t turns;
  std::chrono::nanoseconds busy;  // the sum of the turns
  DurationHistogram latency;      // of a turn
  std::size_t requests;           // in progress on the thread pool and in the system
  std::size_t timers;             // that are set
  StreamTotals streams;           // of those that exist no more
};

}  // namespace weir
