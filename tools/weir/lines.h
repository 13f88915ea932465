// weir lines: so many numbered lines.
#pragma once

#include "weir/options.h"

#include <cstdint>
#include <string_view>

namespace tool {

inline constexpr std::string_view kLine = "Line {}\n";  // of a number, from 0 on

// Returns the exit status.
int write_lines(const Options& options, std::uint64_t count, bool verify);

}  // namespace tool
