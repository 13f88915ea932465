// The line before a chunk: its size and extensions (RFC 9112, 7.1), without the line end.
#pragma once

#include "http/parse_error.h"

#include <cstdint>
#include <string_view>

namespace weir::http {

// Accepts exactly the grammar of 7.1.1. Extensions are checked and dropped.
LineFault parse_chunk_line(std::string_view line, std::uint64_t& size) noexcept;

}  // namespace weir::http
