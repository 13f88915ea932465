// weir/pace/rate_limit.h - a transform that passes on at most a number of bytes a second.
//
//   auto limit = weir::create_rate_limit(loop, {.bytes_per_second = 1 << 20, .burst = 64 << 10});
//   weir::pipeline(source, limit, socket, done);
//
// - A bucket holds up to `burst` bytes, and starts full. It fills at the rate; each byte that is
//   passed on takes one out. So in any time t, at most burst + rate * t bytes are passed on.
// - A chunk is passed on in parts, as the bucket fills. The bytes and their order do not change.
// - While the bucket is empty, the stream takes no more than its high-water mark, so the writer is
//   slowed down by backpressure.
// - While the reader takes nothing, the bucket fills, but to no more than `burst`.
// - Time is the loop's. A destroyed or dropped stream stops its timer.
#pragma once

#include <weir/base/ref.h>
#include <weir/loop/loop.h>
#include <weir/stream/transform.h>

#include <cstdint>
#include <optional>
#include <stop_token>

namespace weir {

struct RateLimitOptions {
  std::optional<std::int64_t> high_water_mark = {};
  std::stop_token signal = {};

  std::uint64_t bytes_per_second = 0;  // at least 1
  // The bytes that may pass at once after a pause, at least 1. Empty: those of a tenth of a second.
  // Parts of a chunk are as large as the bucket is full, so a small burst means many small parts.
  std::optional<std::uint64_t> burst = {};
};

// ERRORS: throws ERR_OUT_OF_RANGE for a rate or a burst below 1 or above 2^53 - 1, and
// ERR_INVALID_ARG_VALUE for a negative mark.
// Node counterpart: none; stream-throttle of npm.
Ref<Transform> create_rate_limit(Loop& loop, RateLimitOptions options);

}  // namespace weir
