// The connections of a server that a listener of Upgrade or ConnectEvent owns. A server that closes
// waits for them, and destroys them once its grace is over.
#pragma once

#include <weir/base/function.h>
#include <weir/event/emitter.h>
#include <weir/net/connection.h>

#include <list>
#include <utility>

namespace weir::http {

class HandedOver {
 public:
  bool empty() const noexcept { return entries_.empty(); }

  // CALLS BACK: `closed` with the connection's Close. REQUIRES: it keeps this alive.
  void add(const Ref<net::Connection>& connection, Function<void()> closed) {
    const auto place = entries_.insert(entries_.end(), {connection, {}});
    place->listener = connection->once<Close>([this, place, closed = std::move(closed)]() mutable {
      const Ref<net::Connection> alive = std::move(place->connection);
      entries_.erase(place);
      closed();
    });
  }
  void destroy_all() {
    const std::list<Entry> all = entries_;
    for (const Entry& entry : all) entry.connection->destroy();
  }
  void forget_all() noexcept {
    for (const Entry& entry : std::exchange(entries_, {})) entry.connection->off(entry.listener);
  }

 private:
  struct Entry {
    Ref<net::Connection> connection;
    ListenerId listener;
  };

  std::list<Entry> entries_;
};

}  // namespace weir::http
