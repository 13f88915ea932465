// weir lines: writes numbered lines.
#pragma once

#include "weir/line_options.h"

#include <cstdint>
#include <string_view>

namespace tool {

inline constexpr std::string_view kLine = "Line {}\n";  // with numbers from 0 on

// Returns the exit status.
int write_lines(const LineOptions& options, std::uint64_t count, bool verify);

}  // namespace tool
