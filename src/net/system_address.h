// Converts between Address and the system's sockaddr.
#pragma once

#include <weir/net/address.h>

#include <optional>

#include <sys/socket.h>

namespace weir::net {

struct SystemAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  // Nullopt for an invalid address: a path that is too long, text that is no IP.
  static std::optional<SystemAddress> of(const Address& address) noexcept;
  std::optional<Address> read() const;

  int family() const noexcept { return storage.ss_family; }
  const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
};

// Nullopt for a socket without such an address.
std::optional<Address> local_address_of(int fd);
std::optional<Address> remote_address_of(int fd);

}  // namespace weir::net
