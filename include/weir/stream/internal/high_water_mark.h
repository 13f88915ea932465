// weir/stream/internal/high_water_mark.h - how much a side of a stream buffers.
#pragma once

#include <weir/event/tick_queue.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::internal {

// The mark that an option stands for, or else the default of the stream's queue.
// ERRORS: throws ERR_INVALID_ARG_VALUE for a negative one.
std::size_t checked_mark(const TickQueue& ticks, std::optional<std::int64_t> option,
                         std::string_view name, bool object_mode);

}  // namespace weir::internal
