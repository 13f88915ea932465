#include <weir/stream/internal/high_water_mark.h>

#include <weir/base/error.h>

#include <fmt/format.h>

namespace weir::internal {

std::size_t checked_mark(const TickQueue& ticks, std::optional<std::int64_t> option,
                         std::string_view name, bool object_mode) {
  if (!option)
    return object_mode ? ticks.default_object_high_water_mark() : ticks.default_high_water_mark();
  if (*option < 0) throw invalid_property_value(name, fmt::to_string(*option));
  return static_cast<std::size_t>(*option);
}

BufferLimits checked_limits(std::int64_t low, std::size_t high, std::optional<std::int64_t> most) {
  BufferLimits limits;
  if (low != 0) {
    if (low < 0 || static_cast<std::size_t>(low) >= high)
      throw out_of_range("options.low_water_mark",
                         fmt::format(">= 0 && < high_water_mark ({})", high), fmt::to_string(low));
    limits.low_water_mark = static_cast<std::size_t>(low);
  }
  if (most) {
    if (*most < 0 || static_cast<std::size_t>(*most) < high)
      throw out_of_range("options.max_buffered", fmt::format(">= high_water_mark ({})", high),
                         fmt::to_string(*most));
    limits.max_buffered = static_cast<std::size_t>(*most);
  }
  return limits;
}

}  // namespace weir::internal
