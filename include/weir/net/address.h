// weir/net/address.h - who is at either end of a connection.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace weir::net {

enum class Family : std::uint8_t { any, ipv4, ipv6, unix_path };

// Prints as Node does: "IPv4", "IPv6", "unix"; nothing for any.
std::string_view to_string(Family family) noexcept;

// An IP address as text with its port; or, for a unix socket, its path in `address` and no port.
// A name in the abstract namespace begins with a zero byte.
struct Address {
  std::string address;
  Family family = Family::any;
  std::uint16_t port = 0;

  friend bool operator==(const Address&, const Address&) = default;
};

// As in a URL: "127.0.0.1:80", "[::1]:80", "/run/x.sock".
std::string to_string(const Address& address);

// 4, 6, or 0 for what is no address. Node counterparts: net.isIP, isIPv4, isIPv6.
int is_ip(std::string_view text) noexcept;
inline bool is_ipv4(std::string_view text) noexcept { return is_ip(text) == 4; }
inline bool is_ipv6(std::string_view text) noexcept { return is_ip(text) == 6; }

}  // namespace weir::net
