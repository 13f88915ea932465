// Waits for space on a full file system: a timer, since the system does not report space.
#pragma once

#include <weir/base/durations.h>
#include <weir/base/function.h>
#include <weir/base/ref.h>
#include <weir/event/tick_queue.h>
#include <weir/loop/loop.h>
#include <weir/loop/scoped_timer.h>

#include <cstdint>

namespace weir::fs {

class SpaceWait final : public RefCounted, LoopShutdownHook {
 public:
  using Over = Function<void()>;

  // CALLS BACK: `over` once, after `time` or during end(); it is destroyed uncalled if the Loop is
  // destroyed first. Keeps the loop running.
  SpaceWait(Loop& loop, std::chrono::milliseconds time, Over over);

  // True for the results of a write that may succeed once there is space.
  static bool is_lack_of_space(std::int64_t result) noexcept;

  void end();

 private:
  void let_go() noexcept override;

  ScopedTimer timer_;
  Over over_;
};

}  // namespace weir::fs
