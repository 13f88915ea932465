// The media type of a file, by the end of its name.
#pragma once

#include <string_view>

namespace weir::http {

// "text/html; charset=utf-8"; "application/octet-stream" of an unknown one.
std::string_view media_type(std::string_view name) noexcept;

}  // namespace weir::http
