#include "weir/nats_place.h"

#include "weir/endpoint.h"
#include "weir/numbers.h"

#include <utility>

#include <fmt/format.h>

namespace tool {
namespace {

[[noreturn]] void refuse(std::string_view name, std::string_view why) {
  throw weir::Error(fmt::format("'{}': {}", without_users(name), why));
}

void add_servers(NatsPlace& place, std::string_view name, std::string_view scheme,
                 std::string_view hosts) {
  const auto at = hosts.rfind('@');
  const std::string_view user = at == hosts.npos ? "" : hosts.substr(0, at + 1);
  if (at != hosts.npos) hosts.remove_prefix(at + 1);
  while (true) {
    const auto comma = hosts.find(',');
    const std::string_view host = hosts.substr(0, comma);
    if (host.empty()) refuse(name, "a host is missing");
    place.urls.push_back(fmt::format("{}://{}{}", scheme, user, host));
    if (comma == hosts.npos) return;
    hosts.remove_prefix(comma + 1);
  }
}

void set_option(NatsPlace& place, std::string_view name, std::string_view option) {
  const auto equals = option.find('=');
  const std::string_view key = option.substr(0, equals);
  const std::string_view value = equals == option.npos ? "" : option.substr(equals + 1);
  if (value.empty()) refuse(name, fmt::format("'{}' has no value", key));
  if (key == "durable") {
    place.durable = value;
  } else if (key == "subject") {
    place.subject = value;
  } else if (key == "stream") {
    place.stream = value;
  } else if (key == "replicas") {
    const auto number = parse_count(value);
    if (!number || *number < 1 || *number > 5) refuse(name, "replicas is 1 to 5");
    place.replicas = static_cast<int>(*number);
  } else if (key == "from") {
    place.from = value;
    place.sequence = parse_count(value);
    if (!place.sequence && value != "first" && value != "new" && value != "last")
      refuse(name, fmt::format("from={}: not first, new, last or a sequence", value));
  } else {
    refuse(name, fmt::format("'{}' is not an option of NATS endpoints", key));
  }
}

}  // namespace

NatsPlace parse_nats(std::string_view name) {
  NatsPlace place{.urls = {}, .name = {}};
  const bool is_encrypted = after_prefix(name, "nats+tls:").has_value();
  std::string_view rest = name.substr(name.find("://") + 3);
  const auto slash = rest.find('/');
  if (slash == rest.npos || slash + 1 == rest.size() || rest[slash + 1] == '?')
    refuse(name, "the subject or stream is missing: nats://HOST/NAME");
  add_servers(place, name, is_encrypted ? "tls" : "nats", rest.substr(0, slash));
  rest.remove_prefix(slash + 1);
  const auto query = rest.find('?');
  place.name = rest.substr(0, query);
  while (query != rest.npos && !rest.empty()) {
    const auto from = rest.find_first_of("?&");
    if (from == rest.npos) break;
    rest.remove_prefix(from + 1);
    set_option(place, name, rest.substr(0, rest.find('&')));
  }
  return place;
}

ObjectPlace parse_object(std::string_view name) {
  NatsPlace place = parse_nats(name);
  if (!place.durable.empty() || !place.subject.empty() || !place.stream.empty() ||
      place.from != "first")
    refuse(name, "with --whole, replicas is the only option");
  const auto slash = place.name.find('/');
  return {.urls = std::move(place.urls),
          .bucket = place.name.substr(0, slash),
          .object = slash == place.name.npos ? "" : place.name.substr(slash + 1),
          .replicas = place.replicas};
}

}  // namespace tool
