#include "http/session_cache.h"

namespace weir::http {

Buffer SessionCache::find(const PeerKey& peer) const {
  for (const auto& [key, session] : sessions_)
    if (key == peer) return session;
  return {};
}

void SessionCache::keep(const PeerKey& peer, Buffer session) {
  if (most_ == 0) return;
  for (auto& [key, kept] : sessions_) {
    if (key != peer) continue;
    kept = std::move(session);
    return;
  }
  if (sessions_.size() >= most_) sessions_.pop_front();
  sessions_.emplace_back(peer, std::move(session));
}

void SessionCache::drop(const PeerKey& peer) {
  std::erase_if(sessions_, [&peer](const auto& each) { return each.first == peer; });
}

}  // namespace weir::http
