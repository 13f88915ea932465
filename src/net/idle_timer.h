// Tells that nothing happened for so long. Activity costs a store, not a timer.
#pragma once

#include <weir/base/function.h>
#include <weir/loop/loop.h>

#include <chrono>

namespace weir::net {

class IdleTimer {
 public:
  IdleTimer(Loop& loop, Function<void()> idle) : loop_(loop), idle_(std::move(idle)) {}
  IdleTimer(const IdleTimer&) = delete;
  IdleTimer& operator=(const IdleTimer&) = delete;
  ~IdleTimer() { stop(); }

  // 0: never. CALLS BACK: `idle` that long after the last touch, once until there is another.
  void set(std::chrono::milliseconds limit);
  std::chrono::milliseconds limit() const noexcept { return limit_; }
  void touch();
  void stop() noexcept;

 private:
  std::chrono::steady_clock::time_point now() const noexcept;
  void arm(std::chrono::milliseconds delay);
  void on_due();

  Loop& loop_;
  Function<void()> idle_;
  std::chrono::milliseconds limit_{};
  std::chrono::steady_clock::time_point last_;
  Ref<Timer> timer_;
};

}  // namespace weir::net
