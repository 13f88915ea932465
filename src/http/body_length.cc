#include "http/body_length.h"

#include "http/host.h"
#include "http/status_code.h"
#include "http/text.h"

#include <charconv>

namespace weir::http {

ParseErrc FramingFields::note(std::string_view name, std::string_view value,
                              bool insecure) noexcept {
  switch (name.size()) {
    case 4:
      if (same_name(name, "host"))
        host_ = host_ == HostField::none && is_host(value) ? HostField::valid : HostField::invalid;
      break;
    case 7:
      if (same_name(name, "upgrade")) has_upgrade_ = true;
      break;
    case 10:
      if (same_name(name, "connection")) note_connection(value);
      break;
    case 14:
      if (!same_name(name, "content-length")) break;
      if (has_encoding() && !insecure) return ParseErrc::length_with_encoding;
      return note_length(value);
    case 17:
      if (!same_name(name, "transfer-encoding")) break;
      if (length_ && !insecure) return ParseErrc::encoding_with_length;
      note_encodings(value);
      break;
    default:
      break;
  }
  return ParseErrc::none;
}

bool FramingFields::frames(std::string_view name) noexcept {
  return same_name(name, "content-length") || same_name(name, "transfer-encoding") ||
         same_name(name, "host");
}

ParseErrc FramingFields::note_length(std::string_view value) noexcept {
  if (length_) return ParseErrc::second_length;
  if (value.empty()) return ParseErrc::empty_length;
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
  if (error == std::errc::result_out_of_range) return ParseErrc::length_overflow;
  if (error != std::errc() || end != value.data() + value.size()) return ParseErrc::invalid_length;
  length_ = length;
  return ParseErrc::none;
}

// Several lines with the same name form one list.
void FramingFields::note_encodings(std::string_view value) noexcept {
  if (encodings_ == Encodings::none) encodings_ = Encodings::others;
  for_each_element(value, [this](std::string_view coding) {
    const bool chunked = same_name(coding, "chunked");
    const bool after_chunked =
        encodings_ == Encodings::chunked_last || encodings_ == Encodings::chunked_before;
    // A comma in a quoted parameter would end its element too early.
    if ((chunked && after_chunked) || coding.contains('"'))
      encodings_ = Encodings::invalid;
    else if (encodings_ != Encodings::invalid)
      encodings_ = chunked         ? Encodings::chunked_last
                   : after_chunked ? Encodings::chunked_before
                                   : Encodings::others;
  });
}

void FramingFields::note_connection(std::string_view value) noexcept {
  for_each_element(value, [this](std::string_view option) {
    if (same_name(option, "close")) connection_.close = true;
    if (same_name(option, "keep-alive")) connection_.keep_alive = true;
    if (same_name(option, "upgrade")) connection_.upgrade = true;
  });
}

BodyLength length_of_request(const FramingFields& fields, std::string_view method) noexcept {
  if (method == "CONNECT") return {};
  if (fields.is_chunked()) return {Body::chunked};
  if (fields.has_encoding()) return {.fault = ParseErrc::invalid_encoding};
  if (fields.length().value_or(0) == 0) return {};
  return {Body::sized, *fields.length()};
}

BodyLength length_of_response(const FramingFields& fields, int status,
                              std::string_view method) noexcept {
  if (status == kSwitchingProtocols || (status / 100 == 2 && method == "CONNECT"))
    return {Body::tunnel};
  if (status / 100 == 1 || status == kNoContent || status == kNotModified || method == "HEAD")
    return {};
  if (!fields.is_encoding_valid()) return {.fault = ParseErrc::invalid_encoding};
  if (fields.is_chunked()) return {Body::chunked};
  if (fields.has_encoding() || !fields.length()) return {Body::until_close};
  if (*fields.length() == 0) return {};
  return {Body::sized, *fields.length()};
}

bool keeps_alive(const FramingFields& fields, int version_minor, Body body) noexcept {
  if (fields.says_close() || body == Body::until_close) return false;
  if (version_minor > 0) return true;
  // HTTP/1.0 has no transfer codings: such a message's framing is faulty (RFC 9112, 6.1).
  return fields.says_keep_alive() && !fields.has_encoding();
}

bool wants_upgrade(const FramingFields& fields, std::string_view method,
                   int version_minor) noexcept {
  return method == "CONNECT" || (version_minor > 0 && fields.says_upgrade());
}

}  // namespace weir::http
