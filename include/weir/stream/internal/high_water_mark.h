// weir/stream/internal/high_water_mark.h - how much a side of a stream buffers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weir {

// Where no option says otherwise.
inline constexpr std::size_t kDefaultHighWaterMark = 16 * 1024;  // bytes
inline constexpr std::size_t kDefaultObjectHighWaterMark = 16;   // objects

namespace internal {

// The mark that an option stands for. ERRORS: throws ERR_INVALID_ARG_VALUE for a negative one.
std::size_t checked_mark(std::optional<std::int64_t> option, std::string_view name,
                         bool object_mode);

}  // namespace internal
}  // namespace weir
