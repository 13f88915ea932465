// The media type of a file, by its extension.
#pragma once

#include <string_view>

namespace weir::http {

// As in "text/html; charset=utf-8"; "application/octet-stream" for unknown extensions.
std::string_view media_type(std::string_view name) noexcept;

}  // namespace weir::http
