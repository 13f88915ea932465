// weir/http/status.h - what a status code means in words.
#pragma once

#include <string_view>

namespace weir::http {

// "Not Found" for 404; "unknown" where nobody has given the code a meaning.
// Node counterpart: http.STATUS_CODES.
std::string_view status_text(int code) noexcept;

}  // namespace weir::http
