// A header or trailer line (RFC 9112, 5), given without its line end.
#pragma once

#include "http/parse_error.h"
#include <weir/http/headers.h>

#include <string_view>

namespace weir::http {

// `any_value`: the value may have control characters.
LineFault parse_field_line(std::string_view line, bool any_value, Field& result) noexcept;

}  // namespace weir::http
