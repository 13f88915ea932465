// The times at which a file is synced while it is written.
#pragma once

#include <weir/base/durations.h>
#include <weir/base/function.h>
#include <weir/loop/loop.h>
#include <weir/loop/scoped_timer.h>

#include <cstdint>

namespace weir::fs {

// A sync is due after a number of bytes, or some time after the first byte since the one before.
class SyncSchedule {
 public:
  struct Every {
    std::uint64_t bytes;             // 0: any number
    std::chrono::milliseconds time;  // 0: any time

    explicit operator bool() const noexcept { return bytes != 0 || time.count() != 0; }
  };

  SyncSchedule(Loop& loop, Every every) noexcept : loop_(loop), every_(every) {}

  void on_due(Function<void()> sync) { sync_ = std::move(sync); }
  void on_written(std::uint64_t bytes) {
    if (bytes == 0) return;
    unsynced_ += bytes;
    if (every_.bytes != 0 && unsynced_ >= every_.bytes) return start_sync();
    if (every_.time.count() != 0 && !timer_)
      timer_ = loop_.set_timeout(every_.time, [this] { start_sync(); });
  }

 private:
  void start_sync() {
    unsynced_ = 0;
    timer_.clear();
    sync_();
  }

  Loop& loop_;
  Every every_;
  Function<void()> sync_;
  std::uint64_t unsynced_ = 0;
  ScopedTimer timer_;
};

}  // namespace weir::fs
