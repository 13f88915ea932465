#include "http/start_line.h"

#include "http/host.h"
#include "http/text.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace weir::http {
namespace {

// Node: http.METHODS, the usual ones first.
constexpr std::array<std::string_view, 35> kMethods{
    "GET",     "POST",     "HEAD",      "PUT",        "DELETE",     "OPTIONS", "PATCH",
    "CONNECT", "TRACE",    "ACL",       "BIND",       "CHECKOUT",   "COPY",    "LINK",
    "LOCK",    "M-SEARCH", "MERGE",     "MKACTIVITY", "MKCALENDAR", "MKCOL",   "MOVE",
    "NOTIFY",  "PROPFIND", "PROPPATCH", "PURGE",      "QUERY",      "REBIND",  "REPORT",
    "SEARCH",  "SOURCE",   "SUBSCRIBE", "UNBIND",     "UNLINK",     "UNLOCK",  "UNSUBSCRIBE"};

constexpr std::string_view kProtocol = "HTTP/";
constexpr std::size_t kVersionSize = 8;  // HTTP/1.1
constexpr std::size_t kStatusSize = 3;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// How many bytes of it begin a known method. Node: bytesParsed.
std::size_t known_prefix(std::string_view text) {
  std::size_t longest = 0;
  for (const std::string_view method : kMethods) {
    const auto end = std::mismatch(text.begin(), text.end(), method.begin(), method.end()).first;
    longest = std::max(longest, static_cast<std::size_t>(end - text.begin()));
  }
  return longest;
}

LineFault invalid_method(std::string_view line) {
  return {ParseErrc::invalid_method, known_prefix(line)};
}

LineFault parse_version(std::string_view text, Version& version) {
  if (!text.starts_with(kProtocol)) return {ParseErrc::not_http};
  if (text.size() != kVersionSize || !is_digit(text[5]) || text[6] != '.' || !is_digit(text[7]))
    return {ParseErrc::invalid_version, kProtocol.size()};
  version = {text[5] - '0', text[7] - '0'};
  if (version.major != 1) return {ParseErrc::unsupported_version, kProtocol.size()};
  return {};
}

// Visible ASCII but "#". Of that RFC 3986 excludes a few that clients send all the same, and that
// no reader takes for anything else.
bool is_target_char(char c) { return c > 0x20 && c < 0x7f && c != '#'; }

bool is_absolute(std::string_view target) {
  const std::size_t colon = target.find("://");
  constexpr std::size_t kSeparator = 3;
  return colon != std::string_view::npos && colon > 0 && target.size() > colon + kSeparator &&
         std::ranges::all_of(target.substr(0, colon), [](char c) {
           return is_letter_or_digit(c) || c == '+' || c == '-' || c == '.';
         });
}

// RFC 9112, 3.2: which form belongs to which method.
bool is_target(std::string_view method, std::string_view target) {
  if (!std::ranges::all_of(target, is_target_char)) return false;
  if (method == "CONNECT") return is_authority(target);
  if (target == "*") return method == "OPTIONS";
  return target.starts_with('/') || is_absolute(target);
}

}  // namespace

LineFault parse_request_line(std::string_view line, RequestLine& result) noexcept {
  const std::size_t method_end = line.find(' ');
  const std::string_view method = line.substr(0, method_end);
  const auto known = std::ranges::find(kMethods, method);
  const bool is_known = known != kMethods.end();
  if (method_end == std::string_view::npos || (!is_known && !is_token(method)))
    return invalid_method(line);
  const std::size_t target_begin = method_end + 1;
  const std::size_t target_end = line.find(' ', target_begin);
  if (target_end == std::string_view::npos) return {ParseErrc::invalid_version, line.size()};
  const std::size_t version_begin = target_end + 1;
  if (LineFault fault = parse_version(line.substr(version_begin), result.version))
    return {fault.code, version_begin + fault.at};
  if (!is_known) return {ParseErrc::unknown_method, known_prefix(line)};
  result.method = *known;
  result.target = line.substr(target_begin, target_end - target_begin);
  if (!is_target(method, result.target)) return {ParseErrc::invalid_target, target_begin};
  return {};
}

LineFault parse_status_line(std::string_view line, StatusLine& result) noexcept {
  const std::string_view version = line.substr(0, line.find(' '));
  if (LineFault fault = parse_version(version, result.version)) return fault;
  if (version.size() == line.size()) return {ParseErrc::invalid_status, line.size()};
  const std::size_t begin = version.size() + 1;
  const std::string_view digits = line.substr(begin, kStatusSize);
  if (digits.size() != kStatusSize || !std::ranges::all_of(digits, is_digit) || digits[0] == '0')
    return {ParseErrc::invalid_status, begin};
  result.status = (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
  // Servers without a reason leave out the space as well.
  const std::string_view rest = line.substr(begin + kStatusSize);
  if (rest.empty()) return {};
  if (rest[0] != ' ') return {ParseErrc::invalid_status, begin + kStatusSize};
  result.reason = rest.substr(1);
  if (!is_header_text(result.reason))
    return {ParseErrc::invalid_field_value, begin + kStatusSize + 1};
  return {};
}

LineFault check_request_start(std::string_view start) noexcept {
  const std::string_view method = start.substr(0, start.find(' '));
  if (known_prefix(start) < method.size() && !is_token(method)) return invalid_method(start);
  return {};
}

LineFault check_status_start(std::string_view start) noexcept {
  if (!kProtocol.starts_with(start.substr(0, kProtocol.size()))) return {ParseErrc::not_http};
  return {};
}

}  // namespace weir::http
