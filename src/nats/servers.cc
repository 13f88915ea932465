#include "nats/servers.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include <uv.h>

namespace weir::nats::internal {
namespace {

// A cluster whose machines come and go announces ever new ones, and none as gone for good.
constexpr std::size_t kMostAnnounced = 16;
constexpr std::string_view kDefaultPort = "4222";

struct FreesUrls {
  void operator()(char** urls) const noexcept {
    for (int i = 0; i < count; ++i) std::free(urls[i]);
    std::free(static_cast<void*>(urls));
  }
  int count;
};

// "user:password@" of a URL, or nothing.
std::string_view user_of(std::string_view url) noexcept {
  const auto scheme = url.find("://");
  const auto at = url.rfind('@');
  if (scheme == url.npos || at == url.npos || at < scheme) return {};
  return url.substr(scheme + 3, at - scheme - 2);
}

std::string without_user(std::string url) {
  if (const std::string_view user = user_of(url); !user.empty())
    url.erase(static_cast<std::size_t>(user.data() - url.data()), user.size());
  return url;
}

// "host:port" of a URL, or "host".
std::string_view place_of(std::string_view url) noexcept {
  const auto scheme = url.find("://");
  if (scheme != url.npos) url.remove_prefix(scheme + 3);
  if (const auto at = url.rfind('@'); at != url.npos) url.remove_prefix(at + 1);
  return url.substr(0, url.find('/'));
}

// The host of a URL, without the brackets of an IPv6 address.
std::string_view host_of(std::string_view url) noexcept {
  const std::string_view place = place_of(url);
  if (place.starts_with('[')) return place.substr(1, place.find(']') - 1);
  return place.substr(0, place.find(':'));
}

std::string_view port_of(std::string_view url) noexcept {
  const std::string_view place = place_of(url);
  const auto colon = place.rfind(':');
  const bool has_port = colon != place.npos && colon + 1 < place.size() && !place.ends_with(']');
  return has_port ? place.substr(colon + 1) : kDefaultPort;
}

bool is_same_place(std::string_view one, std::string_view other) noexcept {
  return host_of(one) == host_of(other) && port_of(one) == port_of(other);
}

bool is_address(std::string_view host) {
  const std::string text(host);
  std::array<unsigned char, 16> address{};
  return uv_inet_pton(AF_INET, text.c_str(), address.data()) == 0 ||
         uv_inet_pton(AF_INET6, text.c_str(), address.data()) == 0;
}

bool is_tls(std::string_view url) noexcept {
  constexpr std::string_view kScheme = "tls://";
  return url.size() >= kScheme.size() &&
         std::ranges::equal(url.substr(0, kScheme.size()), kScheme,
                            [](char one, char other) { return (one | 0x20) == (other | 0x20); });
}

}  // namespace

Servers::Servers(std::vector<std::string> given) : given_(std::move(given)) {
  for (const std::string& url : given_) {
    if (!text_.empty()) text_ += ',';
    text_ += without_user(url);
  }
}

bool Servers::need_tls() const noexcept { return std::ranges::any_of(given_, is_tls); }

bool Servers::is_given(std::string_view url) const noexcept {
  return std::ranges::any_of(given_,
                             [url](const std::string& given) { return is_same_place(url, given); });
}

// The name under which the announcer was verified, for a server that has only an address.
std::string Servers::name_for(std::string_view url, std::string_view announcer) const {
  const std::string_view host = host_of(announcer);
  if (!is_address(host_of(url)) || host.empty()) return {};
  if (!is_address(host)) return std::string(host);
  for (const Announced& server : announced_)
    if (is_same_place(server.url, announcer)) return server.name;
  return {};
}

void Servers::learn(natsConnection* connection) {
  char** memory = nullptr;
  int count = 0;
  if (natsConnection_GetDiscoveredServers(connection, &memory, &count) != NATS_OK) return;
  const std::unique_ptr<char*, FreesUrls> found(memory, {count});
  const std::string announcer = server_of(connection);
  for (const char* const url : std::span(memory, static_cast<std::size_t>(count)))
    if (!is_given(url) && std::ranges::find(announced_, url, &Announced::url) == announced_.end())
      announced_.push_back({.url = url, .name = name_for(url, announcer)});
  if (announced_.size() > kMostAnnounced)
    announced_.erase(announced_.begin(), announced_.end() - kMostAnnounced);
}

// An announced server takes the user of those that were given, as cnats does.
std::vector<ServerGroup> Servers::groups(std::minstd_rand& random) const {
  std::vector<ServerGroup> groups{{.name = {}, .urls = given_}};
  std::string_view user;
  for (const std::string& url : given_)
    if (user = user_of(url); !user.empty()) break;
  for (const auto& [announced, name] : announced_) {
    std::string url = announced;
    if (const auto scheme = url.find("://"); scheme != url.npos) url.insert(scheme + 3, user);
    auto group = std::ranges::find(groups, name, &ServerGroup::name);
    if (group == groups.end()) group = groups.insert(group, {.name = name, .urls = {}});
    group->urls.push_back(std::move(url));
  }
  std::ranges::shuffle(groups, random);
  return groups;
}

std::string server_of(natsConnection* connection) {
  std::array<char, 512> url{};
  if (natsConnection_GetConnectedUrl(connection, url.data(), url.size()) != NATS_OK) return {};
  return without_user(url.data());
}

}  // namespace weir::nats::internal
