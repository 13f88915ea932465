// The line before a chunk: its size and extensions (RFC 9112, 7.1), given without its line end.
#pragma once

#include "http/parse_error.h"

#include <cstdint>
#include <string_view>

namespace weir::http {

// The whole grammar of 7.1.1 is taken, and nothing else; extensions are checked and dropped.
LineFault parse_chunk_line(std::string_view line, std::uint64_t& size) noexcept;

}  // namespace weir::http
