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

}  // namespace weir::internal
