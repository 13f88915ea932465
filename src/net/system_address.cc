#include "net/system_address.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <string>
#include <utility>

#include <netinet/in.h>
#include <sys/un.h>
#include <uv.h>

namespace weir::net {
namespace {

template <class GetName>
std::optional<Address> name_of(int fd, GetName get_name) {
  SystemAddress name;
  name.length = sizeof name.storage;
  if (fd < 0 || get_name(fd, name.get(), &name.length) != 0) return std::nullopt;
  return name.read();
}

}  // namespace

std::optional<SystemAddress> SystemAddress::of(const Address& address) noexcept {
  SystemAddress result;
  const int port = address.port;
  switch (address.family) {
    case Family::ipv4: {
      auto* const to = reinterpret_cast<sockaddr_in*>(&result.storage);
      if (uv_ip4_addr(address.address.c_str(), port, to) != 0) return std::nullopt;
      result.length = sizeof *to;
      return result;
    }
    case Family::ipv6: {
      auto* const to = reinterpret_cast<sockaddr_in6*>(&result.storage);
      if (uv_ip6_addr(address.address.c_str(), port, to) != 0) return std::nullopt;
      result.length = sizeof *to;
      return result;
    }
    default: {
      auto* const to = reinterpret_cast<sockaddr_un*>(&result.storage);
      const std::string& path = address.address;
      if (path.empty() || path.size() >= sizeof to->sun_path) return std::nullopt;
      to->sun_family = AF_UNIX;
      std::ranges::copy(path, to->sun_path);
      // A path ends with a zero byte, an abstract name with its length.
      const bool abstract = path.front() == '\0';
      result.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() +
                                             (abstract ? 0 : 1));
      return result;
    }
  }
}

std::optional<Address> SystemAddress::read() const {
  std::array<char, INET6_ADDRSTRLEN + UV_IF_NAMESIZE> text{};
  if (family() == AF_INET) {
    const auto* const from = reinterpret_cast<const sockaddr_in*>(&storage);
    uv_ip4_name(from, text.data(), text.size());
    return Address{text.data(), Family::ipv4, ntohs(from->sin_port)};
  }
  if (family() == AF_INET6) {
    const auto* const from = reinterpret_cast<const sockaddr_in6*>(&storage);
    uv_ip6_name(from, text.data(), text.size());
    return Address{text.data(), Family::ipv6, ntohs(from->sin6_port)};
  }
  const auto* const from = reinterpret_cast<const sockaddr_un*>(&storage);
  constexpr std::size_t kBefore = offsetof(sockaddr_un, sun_path);
  if (family() != AF_UNIX || length <= kBefore) return std::nullopt;
  std::string path(from->sun_path, length - kBefore);
  if (path.front() != '\0') path.resize(std::strlen(path.c_str()));
  return Address{std::move(path), Family::unix_path};
}

std::optional<Address> local_address_of(int fd) { return name_of(fd, &::getsockname); }
std::optional<Address> remote_address_of(int fd) { return name_of(fd, &::getpeername); }

}  // namespace weir::net
