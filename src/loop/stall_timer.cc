#include "loop/stall_timer.h"

#include "loop/loop_core.h"

#include <algorithm>
#include <utility>

namespace weir::internal {

StallTimer::StallTimer(Loop& loop, std::chrono::milliseconds limit, Function<std::uint64_t()> taken,
                       Function<void()> stalled)
    : loop_(loop), limit_(limit), taken_(std::move(taken)), stalled_(std::move(stalled)) {}

void StallTimer::start() {
  if (timer_) return;
  last_ = taken_();
  since_ = now();
  arm();
}

std::chrono::steady_clock::time_point StallTimer::now() const noexcept {
  return loop_.core().clock().now();
}

// The data that waits keeps the loop running, not the timer.
void StallTimer::arm() {
  timer_ =
      loop_.set_timeout(std::max(limit_ / 4, std::chrono::milliseconds(1)), [this] { on_due(); });
  timer_->unref();
}

void StallTimer::on_due() {
  timer_.clear();
  const std::uint64_t taken = taken_();
  if (std::exchange(last_, taken) != taken) since_ = now();
  if (now() - since_ < limit_) return arm();
  stalled_();
}

}  // namespace weir::internal
