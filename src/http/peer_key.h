// Everything that decides which peer a connection of an agent leads to, as the key under which the
// agent keeps connections, queues requests and caches TLS sessions. A struct, not a text: no field
// can be taken for a part of another. Node: agent.getName.
//
// An agent has one set of TLS options (CA, certificate, key, ciphers, versions, verification), so
// those are no part of it.
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
  // The name to verify, empty for an address and for agents that verify none.
  std::string server_name;

  friend auto operator<=>(const PeerKey&, const PeerKey&) = default;
};

}  // namespace weir::http
