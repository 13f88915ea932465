#include "http/host.h"

#include "http/text.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>

namespace weir::http {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_hex(char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f'); }

// unreserved and sub-delims.
bool is_name_char(char c) {
  static constexpr CharSet kChars("-._~!$&'()*+,;=");
  return kChars.has(c);
}

bool is_name(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_name_char(text[at])) continue;
    if (text[at] != '%' || text.size() - at < 3 || !is_hex(text[at + 1]) || !is_hex(text[at + 2]))
      return false;
    at += 2;
  }
  return true;
}

bool is_ip_literal(std::string_view text) {
  return text.size() > 2 && std::ranges::all_of(text.substr(1, text.size() - 2), [](char c) {
           return is_name_char(c) || c == ':' || c == '%';
         });
}

struct HostAndPort {
  bool good = false;
  std::string_view host;
  std::string_view port;
};

HostAndPort split(std::string_view text) {
  const bool is_literal = text.starts_with('[');
  std::size_t end = text.find(is_literal ? ']' : ':');
  if (is_literal) {
    if (end == std::string_view::npos) return {};
    ++end;
  }
  const std::string_view host = text.substr(0, end);
  std::string_view rest = text.substr(host.size());
  if (!(is_literal ? is_ip_literal(host) : is_name(host))) return {};
  if (!rest.empty()) {
    if (rest[0] != ':') return {};
    rest.remove_prefix(1);
  }
  return {std::ranges::all_of(rest, is_digit), host, rest};
}

}  // namespace

bool is_host(std::string_view text) noexcept { return split(text).good; }

bool is_authority(std::string_view text) noexcept {
  const HostAndPort parts = split(text);
  if (!parts.good || parts.host.empty()) return false;
  std::uint16_t port = 0;
  const auto [end, error] =
      std::from_chars(parts.port.data(), parts.port.data() + parts.port.size(), port);
  return error == std::errc() && port != 0;
}

}  // namespace weir::http
