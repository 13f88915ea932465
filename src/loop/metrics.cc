#include <weir/loop/metrics.h>

#include "loop/loop_core.h"
#include <weir/loop/loop.h>

#include <cmath>
#include <numeric>

namespace weir {

std::uint64_t DurationHistogram::count() const noexcept {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

DurationHistogram::Duration DurationHistogram::limit_of(std::size_t index) noexcept {
  if (index == 0) return Duration(std::int64_t{1} << kFirstPower);
  const std::size_t power = kFirstPower + (index - 1) / 4;
  const std::size_t quarters = 5 + (index - 1) % 4;
  return Duration(static_cast<std::int64_t>(quarters << (power - 2)));
}

DurationHistogram::Duration DurationHistogram::quantile(double share) const noexcept {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count())));
  if (wanted == 0) return Duration(0);
  std::uint64_t found = 0;
  std::size_t index = 0;
  while (index + 1 < kClasses && (found += counts_[index]) < wanted) ++index;
  return limit_of(index);
}

DurationHistogram DurationHistogram::operator-(const DurationHistogram& earlier) const noexcept {
  DurationHistogram difference = *this;
  for (std::size_t index = 0; index < kClasses; ++index)
    difference.counts_[index] -= earlier.counts_[index];
  return difference;
}

LoopMetrics Loop::metrics() {
  WEIR_CHECK_THREAD(ticks(), "metrics", "a Loop");
  return core_->metrics();
}

}  // namespace weir
