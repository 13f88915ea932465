// Timers on libuv: one handle each, which lives while the timer is set.
#pragma once

#include "loop/loop_core.h"
#include <weir/loop/loop.h>

#include <chrono>
#include <cstdint>
#include <utility>

namespace weir::internal {

class UvTimer final : public Timer {
 public:
  enum class Repeat : bool { no, yes };

  // REQUIRES: the timer is started once, directly after its creation.
  UvTimer(LoopCore& core, Loop::Call call) : core_(core), call_(std::move(call)) {}
  ~UvTimer() override;

  void start(std::chrono::milliseconds delay, Repeat repeat);

  void clear() noexcept override;
  UvTimer& ref() noexcept override;
  UvTimer& unref() noexcept override;
  bool has_ref() const noexcept override;

  // When it is due, in milliseconds of the Loop's clock; it fires in this order.
  std::uint64_t due() const noexcept { return due_; }
  std::pair<std::uint64_t, std::uint64_t> order() const noexcept { return {due_, number_}; }
  // The Loop's clock was stepped: libuv fires the timer in the next turn if it is due, else never.
  void follow(std::uint64_t now) noexcept;

 private:
  void arm(std::uint64_t from) noexcept;
  void start_handle(std::uint64_t delay) noexcept;
  void fire();
  // REQUIRES: the timer is active, so its loop exists.
  void check_thread(const char* call) const noexcept;

  LoopCore& core_;
  Loop::Call call_;
  std::uint64_t delay_ = 0;
  std::uint64_t due_ = 0;
  std::uint64_t number_ = 0;  // of all timers that the Loop has set
  Repeat repeat_ = Repeat::no;
  Handle<uv_timer_t> handle_;
  Ref<UvTimer> active_;  // this timer, while it is set
};

}  // namespace weir::internal
