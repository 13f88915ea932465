#pragma once

#include <string_view>

namespace tool {

inline constexpr std::string_view kVersion = "0.1.0";  // the project's; a test compares them

}  // namespace tool
