// A wait until a descriptor that gave EAGAIN is ready.
//
// A timer ends it where the system cannot watch the descriptor (epoll_ctl's EPERM, no descriptor
// left for the epoll set), and where calls keep failing although the descriptor was ready.
#pragma once

#include "loop/loop_core.h"
#include "loop/readiness.h"
#include <weir/base/function.h>
#include <weir/base/ref.h>
#include <weir/event/tick_queue.h>

#include <cstdint>
#include <optional>

namespace weir::fs {

class ReadyWait final : public RefCounted, LoopShutdownHook {
 public:
  using For = internal::Readiness::For;
  // Gets 0 where the call is worth making again, -ERESTART where the wait was interrupted.
  using Over = Function<void(std::int64_t result)>;

  // CALLS BACK: `over` once, later; it is destroyed uncalled where the Loop is destroyed first.
  // `waits_before` counts those of the same call. Keeps the loop alive.
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
  Ref<Timer> timer_;  // in place of that
  Over over_;
};

}  // namespace weir::fs
