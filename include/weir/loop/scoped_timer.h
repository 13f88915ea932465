// weir/loop/scoped_timer.h - ScopedTimer: a timer that stops with its owner.
//
//   class Watchdog {
//    public:
//     explicit Watchdog(weir::Loop& loop) : timer_(loop.set_timeout(5s, [this] { bark(); })) {}
//
//    private:
//     weir::ScopedTimer timer_;
//   };
//
// The Loop owns a timer, which fires even without a Ref<Timer>, as in Node without its id. So a
// call that captures `this` needs a ScopedTimer.
#pragma once

#include <weir/base/ref.h>
#include <weir/loop/loop.h>

#include <utility>

namespace weir {

class ScopedTimer {
 public:
  ScopedTimer() noexcept = default;
  ScopedTimer(Ref<Timer> timer) noexcept
      : timer_(std::move(timer)) {}  // NOLINT: implicit, for assignment
  ScopedTimer(ScopedTimer&& other) noexcept : timer_(std::exchange(other.timer_, nullptr)) {}
  // Stops the previous timer.
  ScopedTimer& operator=(ScopedTimer other) noexcept {
    std::swap(timer_, other.timer_);
    return *this;
  }
  ~ScopedTimer() { clear(); }

  void clear() noexcept {
    if (const Ref<Timer> timer = std::exchange(timer_, nullptr)) timer->clear();
  }

  // True if it has a timer, which may have fired.
  explicit operator bool() const noexcept { return static_cast<bool>(timer_); }
  Timer* operator->() const noexcept { return timer_.get(); }

 private:
  Ref<Timer> timer_;
};

}  // namespace weir
