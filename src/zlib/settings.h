// The common options of all codecs, checked.
#pragma once

#include "zlib/range.h"
#include <weir/stream/duplex.h>
#include <weir/zlib/options.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <fmt/format.h>

namespace weir::zlib {

struct StreamSettings {
  std::size_t chunk_size;
  Flush flush;
  Flush finish_flush;
  std::uint64_t max_output_length;
  DuplexOptions duplex;
};

// ERRORS: throws ERR_OUT_OF_RANGE.
template <class Options>
StreamSettings stream_settings(const Options& options) {
  constexpr std::int64_t kSmallestChunk = 64;
  constexpr std::int64_t kLargestChunk = std::int64_t{1} << 30;
  constexpr auto kUnlimited = std::numeric_limits<std::int64_t>::max();
  if (options.chunk_size < kSmallestChunk)
    throw out_of_range("options.chunk_size", fmt::format(">= {}", kSmallestChunk),
                       fmt::to_string(options.chunk_size));
  check_range("options.flush", static_cast<int>(options.flush), 0, 5);
  check_range("options.finish_flush", static_cast<int>(options.finish_flush), 0, 5);
  const std::int64_t most = options.max_output_length.value_or(kUnlimited);
  check_range<std::int64_t>("options.max_output_length", most, 1, kUnlimited);
  return {.chunk_size = static_cast<std::size_t>(std::min(options.chunk_size, kLargestChunk)),
          .flush = options.flush,
          .finish_flush = options.finish_flush,
          .max_output_length = static_cast<std::uint64_t>(most),
          .duplex = {.high_water_mark = options.high_water_mark,
                     .readable_high_water_mark = options.readable_high_water_mark,
                     .writable_high_water_mark = options.writable_high_water_mark,
                     .signal = options.signal,
                     .emit_close = options.emit_close,
                     .auto_destroy = options.auto_destroy}};
}

}  // namespace weir::zlib
