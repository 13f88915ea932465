// TLS sessions of an agent by verified peer: the next connection to the peer has a shorter
// handshake. Node: https.Agent's _sessionCache.
#pragma once

#include "http/peer_key.h"
#include <weir/base/buffer.h>
#include <weir/base/ref.h>

#include <cstddef>
#include <list>
#include <utility>

namespace weir::http {

class SessionCache final : public RefCounted {
 public:
  explicit SessionCache(std::size_t most) noexcept : most_(most) {}

  // Empty if there is none.
  Buffer find(const PeerKey& peer) const;
  // Drops the oldest session when full.
  void keep(const PeerKey& peer, Buffer session);
  void drop(const PeerKey& peer);

 private:
  std::size_t most_;
  std::list<std::pair<PeerKey, Buffer>> sessions_;  // the oldest first
};

}  // namespace weir::http
