// Reports a destination that takes nothing although data waits for it.
#pragma once

#include <weir/base/durations.h>
#include <weir/base/function.h>
#include <weir/loop/loop.h>
#include <weir/loop/scoped_timer.h>

#include <cstdint>

namespace weir::internal {

class StallTimer {
 public:
  // `taken` returns a number that changes whenever the destination takes data.
  StallTimer(Loop& loop, std::chrono::milliseconds limit, Function<std::uint64_t()> taken,
             Function<void()> stalled);
  StallTimer(const StallTimer&) = delete;
  StallTimer& operator=(const StallTimer&) = delete;

  std::chrono::milliseconds limit() const noexcept { return limit_; }
  // Data waits from now on. Does nothing if some does already.
  // CALLS BACK: `stalled` once, when the limit has passed without a change; up to a quarter later.
  void start();
  void stop() noexcept { timer_.clear(); }

 private:
  std::chrono::steady_clock::time_point now() const noexcept;
  void arm();
  void on_due();

  Loop& loop_;
  std::chrono::milliseconds limit_;
  Function<std::uint64_t()> taken_;
  Function<void()> stalled_;
  std::uint64_t last_ = 0;
  std::chrono::steady_clock::time_point since_;
  ScopedTimer timer_;
};

}  // namespace weir::internal
