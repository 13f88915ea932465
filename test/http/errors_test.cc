#include <weir/http/errors.h>

#include "support/error_codes.h"

#include <span>
#include <system_error>

#include <gtest/gtest.h>

namespace weir::http {
namespace {

TEST(HttpErrorCodes, HaveNodesNamesAndClasses) {
  constexpr test::CodeWords<Errc> kCodes[] = {
      {Errc::body_not_allowed, "ERR_HTTP_BODY_NOT_ALLOWED",
       "Error [ERR_HTTP_BODY_NOT_ALLOWED]: Adding content for this request method or response "
       "status is not allowed."},
      {Errc::content_length_mismatch, "ERR_HTTP_CONTENT_LENGTH_MISMATCH",
       "Error [ERR_HTTP_CONTENT_LENGTH_MISMATCH]: Response body's content-length is not the one "
       "announced"},
      {Errc::headers_sent, "ERR_HTTP_HEADERS_SENT",
       "Error [ERR_HTTP_HEADERS_SENT]: Cannot set headers after they are sent to the client"},
      {Errc::invalid_header_value, "ERR_HTTP_INVALID_HEADER_VALUE",
       "TypeError [ERR_HTTP_INVALID_HEADER_VALUE]: Invalid header value"},
      {Errc::invalid_status_code, "ERR_HTTP_INVALID_STATUS_CODE",
       "RangeError [ERR_HTTP_INVALID_STATUS_CODE]: Invalid status code"},
      {Errc::request_timeout, "ERR_HTTP_REQUEST_TIMEOUT",
       "Error [ERR_HTTP_REQUEST_TIMEOUT]: Request timeout"},
      {Errc::trailer_invalid, "ERR_HTTP_TRAILER_INVALID",
       "Error [ERR_HTTP_TRAILER_INVALID]: Trailers are invalid with this transfer encoding"},
      {Errc::invalid_char, "ERR_INVALID_CHAR", "TypeError [ERR_INVALID_CHAR]: Invalid character"},
      {Errc::invalid_http_token, "ERR_INVALID_HTTP_TOKEN",
       "TypeError [ERR_INVALID_HTTP_TOKEN]: Not a valid HTTP token"},
      {Errc::invalid_protocol, "ERR_INVALID_PROTOCOL",
       "TypeError [ERR_INVALID_PROTOCOL]: Protocol not supported"},
      {Errc::invalid_url, "ERR_INVALID_URL", "TypeError [ERR_INVALID_URL]: Invalid URL"},
      {Errc::unescaped_characters, "ERR_UNESCAPED_CHARACTERS",
       "TypeError [ERR_UNESCAPED_CHARACTERS]: Path contains unescaped characters"},
  };
  test::expect_words("http", std::span(kCodes));
}

TEST(HttpErrorCodes, EqualNoCodeOfAnotherLayerWithTheSameNumber) {
  test::expect_own_numbers<Errc>();
}

TEST(HttpErrorCodes, OfATimeoutIsTheStandardsTimeout) {
  EXPECT_TRUE(Error(Errc::request_timeout) == std::errc::timed_out);
  EXPECT_FALSE(Error(Errc::headers_sent) == std::errc::timed_out);
}

}  // namespace
}  // namespace weir::http
