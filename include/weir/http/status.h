// weir/http/status.h - the text of an HTTP status code.
#pragma once

#include <string_view>

namespace weir::http {

// "Not Found" for 404; "unknown" for an unassigned code. Node counterpart: http.STATUS_CODES.
std::string_view status_text(int code) noexcept;

}  // namespace weir::http
