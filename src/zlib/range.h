// Checks that an option is in its range.
#pragma once

#include <weir/base/error.h>

#include <concepts>
#include <string_view>

#include <fmt/format.h>

namespace weir::zlib {

template <std::integral T>
void check_range(std::string_view name, T value, T lowest, T highest) {
  if (value >= lowest && value <= highest) return;
  throw out_of_range(name, fmt::format(">= {} and <= {}", lowest, highest), fmt::to_string(value));
}

}  // namespace weir::zlib
