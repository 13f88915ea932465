// weir/stream/internal/high_water_mark.h - checked_mark: the high-water mark of a stream's options.
#pragma once

#include <weir/event/tick_queue.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::internal {

// The mark in the option, or the default of the stream's queue.
// ERRORS: throws ERR_INVALID_ARG_VALUE for a negative mark.
std::size_t checked_mark(const TickQueue& ticks, std::optional<std::int64_t> option,
                         std::string_view name, bool object_mode);

}  // namespace weir::internal
