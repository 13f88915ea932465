// Reports a period without activity. Each activity costs a store, not a timer.
#pragma once

#include <weir/base/function.h>
#include <weir/loop/loop.h>
#include <weir/loop/scoped_timer.h>

#include <chrono>

namespace weir::net {

class IdleTimer {
 public:
  IdleTimer(Loop& loop, Function<void()> idle) : loop_(loop), idle_(std::move(idle)) {}
  IdleTimer(const IdleTimer&) = delete;
  IdleTimer& operator=(const IdleTimer&) = delete;

  // 0: never. CALLS BACK: `idle`, once, when `limit` has passed since the last touch.
  void set(std::chrono::milliseconds limit);
  std::chrono::milliseconds limit() const noexcept { return limit_; }
  void touch();
  void stop() noexcept { timer_.clear(); }

 private:
  std::chrono::steady_clock::time_point now() const noexcept;
  void arm(std::chrono::milliseconds delay);
  void on_due();

  Loop& loop_;
  Function<void()> idle_;
  std::chrono::milliseconds limit_{};
  std::chrono::steady_clock::time_point last_;
  ScopedTimer timer_;
};

}  // namespace weir::net
