#include "net/idle_timer.h"

#include "loop/loop_core.h"

namespace weir::net {

void IdleTimer::set(std::chrono::milliseconds limit) {
  stop();
  limit_ = limit;
  touch();
}

void IdleTimer::touch() {
  if (limit_.count() == 0) return;
  last_ = now();
  if (!timer_) arm(limit_);
}

std::chrono::steady_clock::time_point IdleTimer::now() const noexcept {
  return loop_.core().clock().now();
}

void IdleTimer::arm(std::chrono::milliseconds delay) {
  timer_ = loop_.set_timeout(delay, [this] { on_due(); });
  timer_->unref();
}

void IdleTimer::on_due() {
  timer_.clear();
  const auto quiet = std::chrono::ceil<std::chrono::milliseconds>(now() - last_);
  if (quiet < limit_) return arm(limit_ - quiet);
  idle_();
}

}  // namespace weir::net
