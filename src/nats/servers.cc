#include "nats/servers.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace weir::nats::internal {
namespace {

// A cluster whose machines come and go announces ever new ones, and none as gone for good.
constexpr std::size_t kMostAnnounced = 16;

struct FreesUrls {
  void operator()(char** urls) const noexcept {
    for (int i = 0; i < count; ++i) std::free(urls[i]);
    std::free(urls);
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

}  // namespace

Servers::Servers(std::vector<std::string> given) : given_(std::move(given)) {
  for (const std::string& url : given_) {
    if (!text_.empty()) text_ += ',';
    text_ += without_user(url);
  }
}

void Servers::learn(natsConnection* connection) {
  char** memory = nullptr;
  int count = 0;
  if (natsConnection_GetDiscoveredServers(connection, &memory, &count) != NATS_OK) return;
  const std::unique_ptr<char*, FreesUrls> found(memory, {count});
  for (const char* const url : std::span(memory, static_cast<std::size_t>(count)))
    if (std::ranges::find(announced_, url) == announced_.end()) announced_.emplace_back(url);
  if (announced_.size() > kMostAnnounced)
    announced_.erase(announced_.begin(), announced_.end() - kMostAnnounced);
}

// An announced server takes the user of those that were given, as cnats does.
std::vector<std::string> Servers::all() const {
  std::vector<std::string> urls = given_;
  std::string_view user;
  for (const std::string& url : given_)
    if (user = user_of(url); !user.empty()) break;
  for (std::string url : announced_) {
    if (const auto scheme = url.find("://"); scheme != url.npos) url.insert(scheme + 3, user);
    urls.push_back(std::move(url));
  }
  return urls;
}

std::string server_of(natsConnection* connection) {
  std::array<char, 512> url{};
  if (natsConnection_GetConnectedUrl(connection, url.data(), url.size()) != NATS_OK) return {};
  return without_user(url.data());
}

}  // namespace weir::nats::internal
