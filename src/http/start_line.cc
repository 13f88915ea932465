#include "http/start_line.h"

#include "http/host.h"
#include "http/text.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include <llhttp.h>

namespace weir::http {
namespace {

// Node: http.METHODS without PRI, which is not a request's method.
constexpr std::array kMethods = {
#define WEIR_METHOD(number, name, text) std::string_view(#text),
    HTTP_METHOD_MAP(WEIR_METHOD)
#undef WEIR_METHOD
};

constexpr std::string_view kProtocol = "HTTP/";
constexpr std::size_t kVersionSize = 8;  // HTTP/1.1
constexpr std::size_t kStatusSize = 3;

std::string_view method_of(std::string_view line) { return line.substr(0, line.find(' ')); }

// The number of bytes that begin a known method. Node: bytesParsed.
std::size_t known_prefix(std::string_view text) {
  std::size_t longest = 0;
  for (const std::string_view method : kMethods) {
    const auto end = std::mismatch(text.begin(), text.end(), method.begin(), method.end()).first;
    longest = std::max(longest, static_cast<std::size_t>(end - text.begin()));
  }
  return longest;
}

// Visible ASCII except "#". RFC 3986 excludes a few more characters, which clients send all the
// same and every server reads alike.
bool is_target_char(char c) { return c > 0x20 && c < 0x7f && c != '#'; }

bool is_absolute(std::string_view target) {
  const std::size_t colon = target.find("://");
  constexpr std::size_t kSeparator = 3;
  return colon != std::string_view::npos && colon > 0 && target.size() > colon + kSeparator &&
         std::ranges::all_of(target.substr(0, colon), [](char c) {
           return is_letter_or_digit(c) || c == '+' || c == '-' || c == '.';
         });
}

// RFC 9112, 3.2: the forms of targets that a method allows.
bool is_target(std::string_view method, std::string_view target) {
  if (!std::ranges::all_of(target, is_target_char)) return false;
  if (method == "CONNECT") return is_authority(target);
  if (target == "*") return method == "OPTIONS";
  return target.starts_with('/') || is_absolute(target);
}

}  // namespace

LineFault check_request_line(std::string_view line, const RequestLine& parsed) noexcept {
  // RFC 9112, 3: one space between the parts.
  const std::size_t target_begin = parsed.method.size() + 1;
  if (parsed.target.data() != line.data() + target_begin)
    return {ParseErrc::invalid_target, target_begin};
  const std::size_t version_begin = target_begin + parsed.target.size() + 1;
  const std::string_view version = line.substr(std::min(version_begin, line.size()));
  if (!version.starts_with(kProtocol)) return {ParseErrc::not_http, version_begin};
  if (version.size() != kVersionSize) return {ParseErrc::invalid_version, version_begin};
  if (parsed.version.major != 1) return {ParseErrc::unsupported_version, version_begin};
  if (!is_target(parsed.method, parsed.target)) return {ParseErrc::invalid_target, target_begin};
  return {};
}

LineFault check_status_line(std::string_view line, const StatusLine& parsed) noexcept {
  if (parsed.version.major != 1) return {ParseErrc::unsupported_version, kProtocol.size()};
  // llhttp 8 accepts any number of digits.
  constexpr std::size_t kStatusBegin = kVersionSize + 1;
  constexpr std::size_t kStatusEnd = kStatusBegin + kStatusSize;
  constexpr int kLeast = 100;
  const bool ends =
      line.size() == kStatusEnd || (line.size() > kStatusEnd && line[kStatusEnd] == ' ');
  if (!ends || parsed.status < kLeast) return {ParseErrc::invalid_status, kStatusBegin};
  if (!is_header_text(parsed.reason)) return {ParseErrc::invalid_field_value, kStatusEnd + 1};
  return {};
}

LineFault check_request_start(std::string_view start) noexcept {
  const std::string_view method = method_of(start);
  const std::size_t known = known_prefix(start);
  if (known < method.size() && !is_token(method)) return {ParseErrc::invalid_method, known};
  return {};
}

LineFault check_status_start(std::string_view start) noexcept {
  if (!kProtocol.starts_with(start.substr(0, kProtocol.size()))) return {ParseErrc::not_http};
  return {};
}

bool has_unknown_method(std::string_view line) noexcept {
  const std::string_view method = method_of(line);
  return method.size() < line.size() && is_token(method) &&
         std::ranges::find(kMethods, method) == kMethods.end();
}

}  // namespace weir::http
