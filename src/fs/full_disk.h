// FullDisk: what a file stream does when the system has no space for a write.
//
// Without a retry time, the write fails. With one, the write is made again each time it has passed,
// until it takes a byte: the system does not report space.
#pragma once

#include <weir/base/durations.h>
#include <weir/base/error.h>
#include <weir/base/function.h>
#include <weir/base/ref.h>
#include <weir/loop/loop.h>

#include <cstdint>

namespace weir::fs {

class FullDisk {
 public:
  // `retry`: 0 for none.
  FullDisk(Loop& loop, std::chrono::milliseconds retry) noexcept;
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk();

  // `changed` is called with the error when the disk is found full, and with success when it takes
  // data again. REQUIRES: it runs no listeners.
  void on_change(Function<void(Error)> changed) { changed_ = std::move(changed); }

  // True if a write with this result is to be made again later.
  bool is_passing(std::int64_t result) const noexcept;
  // Waits with a write that failed with `error`. CALLS BACK: `again` once, after the retry time or
  // during end_wait(); it is destroyed uncalled if the Loop is destroyed first. Keeps the loop
  // running.
  void wait(const Error& error, Function<void()> again);
  void end_wait();

  // True from a wait on, until on_space().
  bool is_full() const noexcept { return static_cast<bool>(wait_); }
  // A write has taken bytes.
  void on_space();

 private:
  class Wait;

  Loop& loop_;
  std::chrono::milliseconds retry_;
  Function<void(Error)> changed_;
  Ref<Wait> wait_;  // the last one, which may be over
};

}  // namespace weir::fs
