// The messages of `weir cp`: a progress line, and a summary at the end.
#pragma once

#include "weir/copying.h"

#include <cstdint>
#include <optional>
#include <string>

namespace tool {

std::string progress_line(const CopyFigures& figures);
std::string to_text(const CopyFigures& figures, std::optional<std::uint64_t> memory_peak);
std::string to_json(const CopyFigures& figures,
                    std::optional<std::uint64_t> memory_peak);  // one line

}  // namespace tool
