// Parse errors, named as by Node's parser (HPE_*).
#pragma once

#include <weir/base/error.h>

#include <cstddef>
#include <cstdint>

namespace weir::http {

enum class ParseErrc : std::uint8_t {
  none,
  invalid_method,
  unknown_method,
  invalid_target,
  target_too_long,
  not_http,
  invalid_version,
  unsupported_version,
  invalid_status,
  missing_cr,
  stray_cr,
  space_before_fields,
  folded_line,
  invalid_field_name,
  invalid_field_value,
  head_too_large,
  invalid_length,
  empty_length,
  length_overflow,
  second_length,
  length_with_encoding,
  encoding_with_length,
  invalid_encoding,
  framing_in_trailers,
  invalid_chunk_size,
  chunk_size_overflow,
  invalid_chunk_extension,
  chunk_extensions_too_large,
  missing_chunk_end,
  cut_off,
};

// The kind and place of a line's fault.
struct LineFault {
  ParseErrc code = ParseErrc::none;
  std::size_t at = 0;  // offset into the line

  explicit operator bool() const noexcept { return code != ParseErrc::none; }
};

Error parse_error(ParseErrc code);

// The status of the response to a refused request.
int status_for(const Error& error) noexcept;

}  // namespace weir::http
