#include <weir/http/errors.h>

#include "base/code_table.h"

namespace weir::http {
namespace {

constexpr CodeEntry kCodes[] = {
    {Errc::body_not_allowed,
     {"ERR_HTTP_BODY_NOT_ALLOWED", "Error",
      "Adding content for this request method or response status is not allowed."}},
    {Errc::content_length_mismatch,
     {"ERR_HTTP_CONTENT_LENGTH_MISMATCH", "Error",
      "Response body's content-length is not the one announced"}},
    {Errc::headers_sent,
     {"ERR_HTTP_HEADERS_SENT", "Error", "Cannot set headers after they are sent to the client"}},
    {Errc::invalid_header_value,
     {"ERR_HTTP_INVALID_HEADER_VALUE", "TypeError", "Invalid header value"}},
    {Errc::invalid_status_code,
     {"ERR_HTTP_INVALID_STATUS_CODE", "RangeError", "Invalid status code"}},
    {Errc::request_timeout,
     {"ERR_HTTP_REQUEST_TIMEOUT", "Error", "Request timeout"},
     std::errc::timed_out},
    {Errc::trailer_invalid,
     {"ERR_HTTP_TRAILER_INVALID", "Error", "Trailers are invalid with this transfer encoding"}},
    {Errc::invalid_char, {"ERR_INVALID_CHAR", "TypeError", "Invalid character"}},
    {Errc::invalid_http_token, {"ERR_INVALID_HTTP_TOKEN", "TypeError", "Not a valid HTTP token"}},
    {Errc::invalid_protocol, {"ERR_INVALID_PROTOCOL", "TypeError", "Protocol not supported"}},
    {Errc::invalid_url, {"ERR_INVALID_URL", "TypeError", "Invalid URL"}},
    {Errc::unescaped_characters,
     {"ERR_UNESCAPED_CHARACTERS", "TypeError", "Path contains unescaped characters"}},
};

const CodeTable& codes() noexcept {
  static const CodeTable table("http", kCodes);
  return table;
}

}  // namespace

const std::error_category& http_category() noexcept { return codes(); }

std::error_code make_error_code(Errc code) noexcept { return {static_cast<int>(code), codes()}; }

const ErrorWords& words_of(Errc code) noexcept { return codes().words(code); }

}  // namespace weir::http
