#include "http/head_parser.h"

#include "http/text.h"

#include <algorithm>
#include <functional>

namespace weir::http {
namespace {

// llhttp may report a text in several contiguous pieces.
void extend(std::string_view& text, const char* at, std::size_t size) noexcept {
  text = text.empty() ? std::string_view(at, size) : std::string_view(text.data(), at + size);
}

ParseErrc request_line_fault(llhttp_errno_t status, std::string_view line) noexcept {
  switch (status) {
    case HPE_INVALID_METHOD:
    case HPE_INVALID_CONSTANT:
      if (has_unknown_method(line)) return ParseErrc::unknown_method;
      return status == HPE_INVALID_METHOD ? ParseErrc::invalid_method : ParseErrc::not_http;
    case HPE_INVALID_VERSION:
      return ParseErrc::invalid_version;
    case HPE_LF_EXPECTED:
      return ParseErrc::stray_cr;
    default:
      return ParseErrc::invalid_target;
  }
}

ParseErrc status_line_fault(llhttp_errno_t status) noexcept {
  switch (status) {
    case HPE_INVALID_CONSTANT:
      return ParseErrc::not_http;
    case HPE_INVALID_VERSION:
      return ParseErrc::invalid_version;
    case HPE_LF_EXPECTED:
      return ParseErrc::stray_cr;
    default:
      return ParseErrc::invalid_status;
  }
}

ParseErrc field_fault(llhttp_errno_t status) noexcept {
  switch (status) {
    case HPE_OK:
    case HPE_INVALID_CONTENT_LENGTH:  // FramingFields refuses it as well, and has the reason
      return ParseErrc::none;
    case HPE_UNEXPECTED_CONTENT_LENGTH:
      return ParseErrc::second_length;
    default:
      return ParseErrc::invalid_field_value;
  }
}

}  // namespace

// llhttp's callbacks. `data` points to the HeadParser.
struct HeadParser::Callbacks {
  static HeadParser& of(llhttp_t* llhttp) noexcept {
    return *static_cast<HeadParser*>(llhttp->data);
  }

  // llhttp reports a text that ends with its line once more, empty, at the line end.
  template <std::string_view HeadParser::* kText>
  static int text(llhttp_t* llhttp, const char* at, std::size_t size) noexcept {
    if (size > 0) extend(of(llhttp).*kText, at, size);
    return 0;
  }
  static int version(llhttp_t* llhttp, const char* at, std::size_t) noexcept {
    HeadParser& parser = of(llhttp);
    if (!parser.version_) parser.version_ = at;
    return 0;
  }

  static const llhttp_settings_t& settings() noexcept {
    static const llhttp_settings_t table = [] {
      llhttp_settings_t made;
      llhttp_settings_init(&made);
      made.on_url = text<&HeadParser::text_>;
      made.on_status = text<&HeadParser::text_>;
      made.on_version = version;
      made.on_header_field = text<&HeadParser::name_>;
      return made;
    }();
    return table;
  }
};

HeadParser::HeadParser(llhttp_type_t type, bool insecure) noexcept {
  llhttp_init(&llhttp_, type, &Callbacks::settings());
  llhttp_.data = this;
  // FramingFields decides about framing, HeadParser about versions. llhttp 8 has no function for
  // the last of these flags.
  llhttp_.lenient_flags = LENIENT_CHUNKED_LENGTH | LENIENT_TRANSFER_ENCODING | LENIENT_VERSION;
  if (insecure) llhttp_.lenient_flags |= LENIENT_HEADERS;
}

void HeadParser::begin() noexcept { llhttp_reset(&llhttp_); }

// A trailer section has the syntax of a header section (RFC 9112, 7.1.2).
void HeadParser::begin_trailers() noexcept {
  begin();
  feed(llhttp_.type == HTTP_REQUEST ? "GET / HTTP/1.1" : "HTTP/1.1 200 OK");
}

LineFault HeadParser::read(std::string_view line, RequestLine& result) noexcept {
  const llhttp_errno_t status = feed(line);
  // llhttp would wait for the rest of HTTP/2's connection preface.
  if (line.starts_with("PRI ")) return {ParseErrc::unsupported_version};
  if (status != HPE_OK) return {request_line_fault(status, line), fault_position(line)};
  // llhttp reads a line without a version as HTTP/0.9.
  if (!version_) return {ParseErrc::invalid_version, line.size()};
  result.method = llhttp_method_name(static_cast<llhttp_method_t>(llhttp_.method));
  result.target = text_;
  result.version = {llhttp_.http_major, llhttp_.http_minor};
  return check_request_line(line, result);
}

LineFault HeadParser::read(std::string_view line, StatusLine& result) noexcept {
  const llhttp_errno_t status = feed(line);
  if (status != HPE_OK) return {status_line_fault(status), fault_position(line)};
  result.version = {llhttp_.http_major, llhttp_.http_minor};
  result.status = llhttp_.status_code;
  result.reason = text_;
  return check_status_line(line, result);
}

LineFault HeadParser::read(std::string_view line, Field& result) noexcept {
  // llhttp may read a CR as the line end.
  if (const std::size_t cr = line.find('\r'); cr != std::string_view::npos)
    return {ParseErrc::stray_cr, cr};
  const llhttp_errno_t status = feed(line);
  // llhttp 8 accepts a line without a name; both versions accept spaces after the name when
  // lenient.
  const bool has_name = !name_.empty() && name_.size() < line.size() && line[name_.size()] == ':';
  if (!has_name)
    return {ParseErrc::invalid_field_name, std::min(fault_position(line), name_.size())};
  if (const ParseErrc code = field_fault(status); code != ParseErrc::none)
    return {code, fault_position(line)};
  result.name = name_;
  result.value = trimmed(line.substr(name_.size() + 1));
  return {};
}

llhttp_errno_t HeadParser::feed(std::string_view line) noexcept {
  text_ = {};
  version_ = nullptr;
  name_ = {};
  const llhttp_errno_t status = llhttp_execute(&llhttp_, line.data(), line.size());
  return status == HPE_OK ? llhttp_execute(&llhttp_, "\r\n", 2) : status;
}

// The fault's offset into the line; the line's size if the line end is wrong.
std::size_t HeadParser::fault_position(std::string_view line) const noexcept {
  const char* const at = llhttp_get_error_pos(&llhttp_);
  const std::less<> before;
  const bool is_inside = at && !before(at, line.data()) && before(at, line.data() + line.size());
  return is_inside ? static_cast<std::size_t>(at - line.data()) : line.size();
}

}  // namespace weir::http
