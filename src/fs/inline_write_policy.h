// Whether a file's writes are made inline (on the loop's thread): yes, until one of them is slow.
//
// A write into the page cache takes a sixth of the time that the thread pool needs to start one.
// But the same call blocks the loop while the system has too much to write back to the disk. So the
// first slow write sends later writes to the pool. Inline writes resume when the pool's writes are
// quick and a pause has passed; the pause doubles whenever it proves too short.
#pragma once

#include <weir/fs/file_ops.h>

#include <algorithm>
#include <chrono>

namespace weir::fs {

class InlineWritePolicy {
 public:
  using Clock = FileOps::Clock;

  // A delay of the loop that programs tolerate.
  static constexpr Clock::duration kSlow = std::chrono::milliseconds(5);
  static constexpr Clock::duration kFirstPause = std::chrono::seconds(10);
  static constexpr Clock::duration kLongestPause = std::chrono::seconds(160);

  bool allows_inline(Clock::time_point now) const noexcept {
    return quick_ && now >= paused_until_;
  }

  void wrote_inline(Clock::time_point from, Clock::time_point to) noexcept {
    if (to - from < kSlow) return;
    // This is well beyond the next pause: no pause was too short.
    if (to - paused_until_ > pause_) pause_ = kFirstPause;
    paused_until_ = to + pause_;
    pause_ = std::min(2 * pause_, kLongestPause);
    quick_ = false;
  }
  void wrote_through_pool(Clock::time_point from, Clock::time_point to) noexcept {
    // While the pool's writes are slow too, inline writes would be slow.
    if (!quick_) paused_until_ = std::max(paused_until_, to);
    quick_ = to - from < kSlow;
  }

 private:
  bool quick_ = true;  // the last write was fast
  Clock::time_point paused_until_ = {};
  Clock::duration pause_ = kFirstPause;
};

}  // namespace weir::fs
