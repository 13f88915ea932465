// weir/http/errors.h - the error codes of HTTP.
//
//   if (error == weir::http::Errc::request_timeout) ...
//   if (error.name() == "ERR_HTTP_REQUEST_TIMEOUT") ...           // the same
#pragma once

#include <weir/base/error.h>

#include <system_error>
#include <type_traits>

namespace weir::http {

// A code's name is Node's, in which the first HTTP is this namespace: Errc::headers_sent is
// "ERR_HTTP_HEADERS_SENT", Errc::invalid_url "ERR_INVALID_URL".
enum class Errc {
  body_not_allowed = 1,
  content_length_mismatch,
  headers_sent,
  invalid_header_value,
  invalid_status_code,
  request_timeout,
  trailer_invalid,
  invalid_char,
  invalid_http_token,
  invalid_protocol,
  invalid_url,
  unescaped_characters,
};

const std::error_category& http_category() noexcept;
std::error_code make_error_code(Errc code) noexcept;
const ErrorWords& words_of(Errc code) noexcept;

}  // namespace weir::http

template <>
struct std::is_error_code_enum<weir::http::Errc> : std::true_type {};
