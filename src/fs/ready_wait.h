// Waits until a descriptor that returned EAGAIN is ready.
//
// If the system cannot watch the descriptor (EPERM from epoll_ctl, or no descriptor left for the
// epoll set), or if calls fail although the descriptor was ready, a timer ends the wait.
#pragma once

#include "loop/loop_core.h"
#include "loop/readiness.h"
#include <weir/base/function.h>
#include <weir/base/ref.h>
#include <weir/event/tick_queue.h>
#include <weir/loop/scoped_timer.h>

#include <cstdint>
#include <optional>

namespace weir::fs {

class ReadyWait final : public RefCounted, LoopShutdownHook {
 public:
  using For = internal::Readiness::For;
  // Gets 0 if the call should be repeated, -ERESTART if the wait was interrupted.
  using Over = Function<void(std::int64_t result)>;

  // CALLS BACK: `over` once, later; it is destroyed uncalled if the Loop is destroyed first.
  // `waits_before` is the number of earlier waits for the same call. Keeps the loop running.
  ReadyWait(internal::LoopCore& core, int fd, For what, int waits_before, Over over);

  int fd() const noexcept { return fd_; }
  bool is_over() const noexcept { return !over_; }
  void interrupt();

 private:
  bool watch(For what);
  void end(std::int64_t result);
  void let_go() noexcept override;

  internal::LoopCore& core_;
  const int fd_;
  std::optional<internal::Readiness> readiness_;
  ScopedTimer timer_;  // instead of watching
  Over over_;
};

}  // namespace weir::fs
