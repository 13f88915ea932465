// The peer of an agent's connection, as the key of the pool, of waiting requests and of cached TLS
// sessions. A struct instead of a text, so that fields cannot run into each other. Node:
// agent.getName.
//
// An agent has one set of TLS options (CA, certificate, key, ciphers, versions, verification), so
// the key does not contain them.
#pragma once

#include <weir/net/address.h>

#include <compare>
#include <cstdint>
#include <string>

namespace weir::http {

struct PeerKey {
  std::string host;
  std::int64_t port = 0;
  std::string local_address;
  net::Family family = net::Family::any;
  std::string socket_path;
  // The name to verify; empty for an address, and for agents that verify no name.
  std::string server_name;

  friend auto operator<=>(const PeerKey&, const PeerKey&) = default;
};

}  // namespace weir::http
