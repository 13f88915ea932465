// weir/stream/internal/high_water_mark.h - the marks and limits of a stream's options, checked.
#pragma once

#include <weir/event/tick_queue.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace weir::internal {

// The mark in the option, or the default of the stream's queue.
// ERRORS: throws ERR_INVALID_ARG_VALUE for a negative mark.
std::size_t checked_mark(const TickQueue& ticks, std::optional<std::int64_t> option,
                         std::string_view name, bool object_mode);

inline constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

// The limits of a writable side beside its high-water mark, which Node does not have.
struct BufferLimits {
  std::size_t low_water_mark = 0;       // Drain is emitted at this length, or below
  std::size_t max_buffered = kNoLimit;  // a write beyond is refused
};

// ERRORS: throws ERR_OUT_OF_RANGE unless 0 <= low < high <= most, or low is 0.
BufferLimits checked_limits(std::int64_t low, std::size_t high, std::optional<std::int64_t> most);

}  // namespace weir::internal
