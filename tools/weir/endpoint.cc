#include "weir/endpoint.h"

#include "weir/nats.h"
#include "weir/numbers.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tool {
namespace {

using Kind = Endpoint::Kind;

[[noreturn]] void refuse(std::string_view name, std::string_view why) {
  throw weir::Error(fmt::format("'{}': {}", name, why));
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// "HOST:PORT", "[::1]:PORT", ":PORT"
void parse_place(Endpoint& endpoint, std::string_view place) {
  const auto colon = place.rfind(':');
  if (colon == place.npos) refuse(endpoint.name, "the port is missing");
  std::string_view host = place.substr(0, colon);
  const auto port = parse_count(place.substr(colon + 1));
  if (!port || *port > std::numeric_limits<std::uint16_t>::max())
    refuse(endpoint.name, fmt::format("'{}' is not a port", place.substr(colon + 1)));
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (!weir::net::is_ipv6(host))
      refuse(endpoint.name, fmt::format("'{}' is not an IPv6 address", host));
  } else if (host.find_first_of(":[]/@") != host.npos) {
    refuse(endpoint.name,
           fmt::format("'{}' is not a host name; write an IPv6 address in brackets", host));
  }
  endpoint.host = host;
  endpoint.port = static_cast<std::uint16_t>(*port);
}

Endpoint tcp(std::string name, Kind kind, std::string_view place) {
  Endpoint endpoint{.name = std::move(name), .kind = kind, .path = {}, .host = {}};
  parse_place(endpoint, place);
  if (kind == Kind::connect && endpoint.host.empty()) refuse(endpoint.name, "the host is missing");
  if (kind == Kind::connect && endpoint.port == 0)
    refuse(endpoint.name, "port 0 is valid only for listening");
  return endpoint;
}

Endpoint tls(std::string name, Kind kind, std::string_view place) {
  Endpoint endpoint = tcp(std::move(name), kind, place);
  endpoint.is_encrypted = true;
  return endpoint;
}

Endpoint unix_socket(std::string name, Kind kind, std::string_view path) {
  if (path.empty()) refuse(name, "the path is missing");
  return {.name = std::move(name), .kind = kind, .path = std::string(path), .host = {}};
}

// "ftp" of "ftp://somewhere"
bool has_scheme(std::string_view name) {
  const auto end = name.find("://");
  if (end == name.npos || end == 0) return false;
  return std::ranges::all_of(name.substr(0, end), [](char c) {
    c = lower(c);
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.';
  });
}

}  // namespace

std::optional<std::string_view> after_prefix(std::string_view text, std::string_view prefix) {
  if (!std::ranges::equal(text.substr(0, prefix.size()), prefix, {}, lower)) return std::nullopt;
  return text.substr(prefix.size());
}

std::string without_users(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == url.npos) return std::string(url);
  const auto begin = scheme + 3;
  const auto end = std::min(url.find_first_of("/?#", begin), url.size());
  std::string shown(url.substr(0, begin));
  std::string_view hosts = url.substr(begin, end - begin);
  // Those of NATS are a list. Elsewhere a comma may be part of a password.
  const bool is_list = after_prefix(url, "nats").has_value();
  for (std::size_t comma = 0; comma != hosts.npos;) {
    comma = is_list ? hosts.find(',') : hosts.npos;
    const std::string_view host = hosts.substr(0, comma);
    shown += host.substr(host.rfind('@') + 1);
    if (comma == hosts.npos) break;
    shown += ',';
    hosts.remove_prefix(comma + 1);
  }
  return shown.append(url.substr(end));
}

Endpoint file_endpoint(std::string path) {
  return {.name = path, .kind = Kind::file, .path = std::move(path), .host = {}};
}

Endpoint parse_endpoint(std::string name, StandardNames names) {
  const std::string text = name;
  if (names.contains(name))
    return {.name = std::move(name), .kind = Kind::standard, .path = {}, .host = {}};
  if (const auto place = after_prefix(text, "tcp://"))
    return tcp(std::move(name), Kind::connect, *place);
  if (const auto place = after_prefix(text, "tls://"))
    return tls(std::move(name), Kind::connect, *place);
  if (const auto place = after_prefix(text, "tls-listen://"))
    return tls(std::move(name), Kind::listen, *place);
  if (const auto place = after_prefix(text, "tcp-listen://"))
    return tcp(std::move(name), Kind::listen, *place);
  if (const auto path = after_prefix(text, "unix:"))
    return unix_socket(std::move(name), Kind::connect, *path);
  if (const auto path = after_prefix(text, "unix-listen:"))
    return unix_socket(std::move(name), Kind::listen, *path);
  const bool is_https = after_prefix(text, "https://").has_value();
  if (is_https || after_prefix(text, "http://"))
    return {.name = std::move(name),
            .kind = Kind::web,
            .path = {},
            .host = {},
            .is_encrypted = is_https};
  if (after_prefix(text, "nats://") || after_prefix(text, "nats+tls://")) {
    if (!kHasNats) refuse(name, "weir was built without NATS (libnats)");
    return {.name = std::move(name), .kind = Kind::nats, .path = {}, .host = {}};
  }
  if (has_scheme(name))
    refuse(without_users(name), "unknown scheme; to name a file, write './...'");
  return file_endpoint(std::move(name));
}

weir::Error named(const Endpoint& endpoint, const weir::Error& error) {
  if (!(endpoint.is_socket() || endpoint.is_web() || endpoint.is_nats()) ||
      !error.subject().empty())
    return error;
  if (!error.syscall().empty()) return error.about(endpoint.shown());
  return weir::Error(fmt::format("{}, '{}'", error.what(), endpoint.shown()));
}

}  // namespace tool
