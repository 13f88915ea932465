#include <weir/net/address.h>

#include <array>

#include <fmt/format.h>
#include <netinet/in.h>
#include <uv.h>

namespace weir::net {

std::string_view to_string(Family family) noexcept {
  constexpr std::array<std::string_view, 4> kNames{"", "IPv4", "IPv6", "unix"};
  return kNames[static_cast<std::size_t>(family)];
}

std::string to_string(const Address& address) {
  switch (address.family) {
    case Family::ipv4:
      return fmt::format("{}:{}", address.address, address.port);
    case Family::ipv6:
      return fmt::format("[{}]:{}", address.address, address.port);
    default:
      return address.address;
  }
}

int is_ip(std::string_view text) noexcept {
  // Node accepts a zone ("fe80::1%eth0") as part of an address.
  const std::string_view digits = text.substr(0, text.find('%'));
  std::array<char, 64> copy{};
  if (digits.size() >= copy.size()) return 0;
  digits.copy(copy.data(), digits.size());
  std::array<unsigned char, sizeof(in6_addr)> parsed;
  if (digits.size() == text.size() && uv_inet_pton(AF_INET, copy.data(), parsed.data()) == 0)
    return 4;
  return uv_inet_pton(AF_INET6, copy.data(), parsed.data()) == 0 ? 6 : 0;
}

}  // namespace weir::net
