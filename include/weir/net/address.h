// weir/net/address.h - Address: one end of a connection, and checks of IP addresses.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace weir::net {

enum class Family : std::uint8_t { any, ipv4, ipv6, unix_path };

// Node's names: "IPv4", "IPv6", "unix"; empty for any.
std::string_view to_string(Family family) noexcept;

// An IP address as text, and its port. For a unix socket, `address` is its path, without a port; a
// name in the abstract namespace begins with a zero byte.
struct Address {
  std::string address;
  Family family = Family::any;
  std::uint16_t port = 0;

  friend bool operator==(const Address&, const Address&) = default;
};

// The form used in URLs: "127.0.0.1:80", "[::1]:80", "/run/x.sock".
std::string to_string(const Address& address);

// 4, 6, or 0 if the text is not an IP address. Node counterparts: net.isIP, isIPv4, isIPv6.
int is_ip(std::string_view text) noexcept;
inline bool is_ipv4(std::string_view text) noexcept { return is_ip(text) == 4; }
inline bool is_ipv6(std::string_view text) noexcept { return is_ip(text) == 6; }

}  // namespace weir::net
