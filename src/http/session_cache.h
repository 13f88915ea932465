// TLS sessions of an agent's connections, by the place that they led to: the next connection to it
// shakes hands in fewer steps. Node: https.Agent's _sessionCache.
#pragma once

#include <weir/base/buffer.h>
#include <weir/base/ref.h>

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <utility>

namespace weir::http {

class SessionCache final : public RefCounted {
 public:
  explicit SessionCache(std::size_t most) noexcept : most_(most) {}

  // Empty where there is none.
  Buffer find(std::string_view place) const;
  // The oldest makes room.
  void keep(const std::string& place, Buffer session);
  void drop(std::string_view place);

 private:
  std::size_t most_;
  std::list<std::pair<std::string, Buffer>> sessions_;  // the oldest first
};

}  // namespace weir::http
