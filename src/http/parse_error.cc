#include "http/parse_error.h"

#include "http/status_code.h"
#include <weir/http/errors.h>

#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

namespace weir::http {
namespace {

struct Reason {
  std::string_view name;
  std::string_view text;
  int status = kBadRequest;
};

// NOLINTNEXTLINE(readability-function-size): a table
Reason reason_for(ParseErrc code) noexcept {
  switch (code) {
    case ParseErrc::none:
      break;
    case ParseErrc::invalid_method:
      return {"HPE_INVALID_METHOD", "Invalid method encountered"};
    case ParseErrc::unknown_method:
      return {"HPE_INVALID_METHOD", "Invalid method encountered", 501};
    case ParseErrc::invalid_target:
      return {"HPE_INVALID_URL", "Invalid characters in url"};
    case ParseErrc::target_too_long:
      return {"HPE_HEADER_OVERFLOW", "Header overflow", 414};
    case ParseErrc::not_http:
      return {"HPE_INVALID_CONSTANT", "Expected HTTP/"};
    case ParseErrc::invalid_version:
      return {"HPE_INVALID_VERSION", "Invalid HTTP version"};
    case ParseErrc::unsupported_version:
      return {"HPE_INVALID_VERSION", "Unsupported HTTP version", 505};
    case ParseErrc::invalid_status:
      return {"HPE_INVALID_STATUS", "Invalid status code"};
    case ParseErrc::missing_cr:
      return {"HPE_CR_EXPECTED", "Missing expected CR before LF"};
    case ParseErrc::stray_cr:
      return {"HPE_LF_EXPECTED", "Missing expected LF after CR"};
    case ParseErrc::space_before_fields:
      return {"HPE_UNEXPECTED_SPACE", "Unexpected space after start line"};
    case ParseErrc::folded_line:
      return {"HPE_INVALID_HEADER_TOKEN", "Unexpected whitespace after header value"};
    case ParseErrc::invalid_field_name:
      return {"HPE_INVALID_HEADER_TOKEN", "Invalid header token"};
    case ParseErrc::invalid_field_value:
      return {"HPE_INVALID_HEADER_TOKEN", "Invalid header value char"};
    case ParseErrc::head_too_large:
      return {"HPE_HEADER_OVERFLOW", "Header overflow", 431};
    case ParseErrc::invalid_length:
      return {"HPE_INVALID_CONTENT_LENGTH", "Invalid character in Content-Length"};
    case ParseErrc::empty_length:
      return {"HPE_INVALID_CONTENT_LENGTH", "Empty Content-Length"};
    case ParseErrc::length_overflow:
      return {"HPE_INVALID_CONTENT_LENGTH", "Content-Length overflow"};
    case ParseErrc::second_length:
      return {"HPE_UNEXPECTED_CONTENT_LENGTH", "Duplicate Content-Length"};
    case ParseErrc::length_with_encoding:
      return {"HPE_INVALID_CONTENT_LENGTH",
              "Content-Length can't be present with Transfer-Encoding"};
    case ParseErrc::encoding_with_length:
      return {"HPE_INVALID_TRANSFER_ENCODING",
              "Transfer-Encoding can't be present with Content-Length"};
    case ParseErrc::invalid_encoding:
      return {"HPE_INVALID_TRANSFER_ENCODING", "Invalid `Transfer-Encoding` header value"};
    case ParseErrc::framing_in_trailers:
      return {"HPE_INVALID_HEADER_TOKEN", "Framing fields can't be present in trailers"};
    case ParseErrc::invalid_chunk_size:
      return {"HPE_INVALID_CHUNK_SIZE", "Invalid character in chunk size"};
    case ParseErrc::chunk_size_overflow:
      return {"HPE_INVALID_CHUNK_SIZE", "Chunk size overflow"};
    case ParseErrc::invalid_chunk_extension:
      return {"HPE_STRICT", "Invalid character in chunk extensions"};
    case ParseErrc::chunk_extensions_too_large:
      return {"HPE_CHUNK_EXTENSIONS_OVERFLOW", "Chunk extensions overflow", 413};
    case ParseErrc::missing_chunk_end:
      return {"HPE_STRICT", "Expected CRLF after chunk data"};
    case ParseErrc::cut_off:
      return {"HPE_INVALID_EOF_STATE", "Invalid EOF state"};
  }
  return {};
}

class ParseCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "http"; }
  std::string message(int value) const override {
    return std::string(reason_for(static_cast<ParseErrc>(value)).text);
  }
};

const std::error_category& parse_category() noexcept {
  static const ParseCategory category;
  return category;
}

}  // namespace

Error parse_error(ParseErrc code) {
  const Reason reason = reason_for(code);
  return Error::named({static_cast<int>(code), parse_category()}, std::string(reason.name),
                      fmt::format("Parse Error: {}", reason.text));
}

int status_for(const Error& error) noexcept {
  if (error.code() == Errc::request_timeout) return kRequestTimeout;
  if (error.code().category() != parse_category()) return Reason().status;
  return reason_for(static_cast<ParseErrc>(error.code().value())).status;
}

}  // namespace weir::http
