#include "http/session_cache.h"

namespace weir::http {

Buffer SessionCache::find(std::string_view place) const {
  for (const auto& [name, session] : sessions_)
    if (name == place) return session;
  return {};
}

void SessionCache::keep(const std::string& place, Buffer session) {
  if (most_ == 0) return;
  for (auto& [name, kept] : sessions_) {
    if (name != place) continue;
    kept = std::move(session);
    return;
  }
  if (sessions_.size() >= most_) sessions_.pop_front();
  sessions_.emplace_back(place, std::move(session));
}

void SessionCache::drop(std::string_view place) {
  std::erase_if(sessions_, [place](const auto& each) { return each.first == place; });
}

}  // namespace weir::http
