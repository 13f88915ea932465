// The messages of `weir cp`: its progress, and a summary at the end.
#pragma once

#include "weir/copying.h"
#include "weir/screen_text.h"

#include <cstdint>
#include <optional>
#include <string>

namespace tool {

std::string progress_line(const CopyFigures& figures, double megabytes_per_second,
                          const Terminal& terminal);
// The same line, and one with a bar for each destination.
std::string progress_bars(const CopyFigures& figures, double megabytes_per_second,
                          const Terminal& terminal);
std::string to_text(const CopyFigures& figures, std::optional<std::uint64_t> memory_peak);
std::string to_json(const CopyFigures& figures,
                    std::optional<std::uint64_t> memory_peak);  // one line

}  // namespace tool
