// What a file is, by the end of its name.
#pragma once

#include <string_view>

namespace tool {

// "text/html; charset=utf-8"; "application/octet-stream" of what is not known.
std::string_view media_type(std::string_view name) noexcept;

}  // namespace tool
