// weir/nats/internal/stream_options.h - a NATS stream's options as those of the stream beneath.
#pragma once

#include <weir/stream/basic_readable.h>
#include <weir/stream/basic_writable.h>

#include <cstdint>

namespace weir::nats::internal {

inline constexpr std::int64_t kMarkOfBytes = std::int64_t{1} << 20;
inline constexpr std::int64_t kMarkOfValues = 256;

// `mark`: where the options have no high-water mark. A low-water mark that they do not have is half
// of the high-water mark.
template <class Options>
WritableOptions writable_options(const Options& options, std::int64_t mark) {
  const std::int64_t high = options.high_water_mark.value_or(mark);
  return {.high_water_mark = high,
          .default_encoding = options.default_encoding,
          .signal = options.signal,
          .emit_close = options.emit_close,
          .auto_destroy = options.auto_destroy,
          .low_water_mark = options.low_water_mark.value_or(high / 2),
          .max_buffered = options.max_buffered};
}

template <class Options>
ReadableOptions readable_options(const Options& options) {
  return {.high_water_mark = options.high_water_mark,
          .signal = options.signal,
          .emit_close = options.emit_close,
          .auto_destroy = options.auto_destroy};
}

}  // namespace weir::nats::internal
