// The bytes that may pass now, as a pure policy: its caller gives the time.
#pragma once

#include <weir/base/durations.h>

#include <algorithm>
#include <cstdint>

namespace weir::internal {

class TokenBucket {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::nanoseconds;

  TokenBucket(std::uint64_t per_second, std::uint64_t burst, time_point now) noexcept
      : per_second_(per_second), burst_(burst), tokens_(burst), since_(now) {}

  // The bytes that may pass. A clock that jumps forward fills the bucket, and no more; one that
  // jumps back leaves it.
  std::uint64_t tokens(time_point now) noexcept {
    if (now <= since_) return tokens_;
    // In parts of a byte, so that no fraction is lost between calls.
    const Product gained = static_cast<Product>((now - since_).count()) * per_second_ + fraction_;
    const Product whole = gained / kSecond;
    since_ = now;
    if (whole >= burst_ - tokens_) {
      tokens_ = burst_;
      fraction_ = 0;
    } else {
      tokens_ += static_cast<std::uint64_t>(whole);
      fraction_ = static_cast<std::uint64_t>(gained % kSecond);
    }
    return tokens_;
  }

  // REQUIRES: tokens(now) was at least this.
  void take(std::uint64_t bytes) noexcept { tokens_ -= bytes; }

  // The time from the last reading until the bucket has this many bytes, or is full.
  duration time_until(std::uint64_t bytes) const noexcept {
    const std::uint64_t missing = std::min(bytes, burst_) - std::min(tokens_, bytes);
    if (missing == 0) return duration(0);
    const Product parts = static_cast<Product>(missing) * kSecond - fraction_;
    const Product time = (parts + per_second_ - 1) / per_second_;
    return duration(static_cast<std::int64_t>(std::min<Product>(time, kLongest)));
  }

 private:
  __extension__ using Product = unsigned __int128;
  static constexpr std::uint64_t kSecond = 1'000'000'000;
  static constexpr std::uint64_t kLongest = std::uint64_t{1} << 62;

  std::uint64_t per_second_;
  std::uint64_t burst_;
  std::uint64_t tokens_;        // at most burst_
  std::uint64_t fraction_ = 0;  // of a byte, in parts of 10^-9
  time_point since_;
};

}  // namespace weir::internal
