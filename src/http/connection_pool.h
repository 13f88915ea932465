// What an Agent keeps: connections by where they lead to, and requests that wait for one.
//
//   connection   on                                   becomes
//   in use       its exchange is over, may be kept    free
//                the same, a request waits for it     in use (by that)
//   free         a request to the same place          in use
//                data, end, timeout                   destroyed
//   any          it has closed, or is taken away      gone
#pragma once

#include "http/client_exchange.h"
#include "http/peer_key.h"
#include <weir/base/ref.h>
#include <weir/event/tick_queue.h>
#include <weir/http/agent.h>
#include <weir/loop/loop.h>
#include <weir/net/connection.h>

#include <array>
#include <cstddef>
#include <deque>
#include <map>
#include <string_view>
#include <vector>

namespace weir::http {

class ConnectionPool;

class PooledConnection final : public RefCounted {
 public:
  PooledConnection(ConnectionPool& pool, PeerKey peer, Ref<net::Connection> connection);

  net::Connection& connection() const noexcept { return *connection_; }
  const PeerKey& peer() const noexcept { return peer_; }

  void begin();
  void watch_free();
  void stop_watching_free() noexcept;
  // Nobody's business here any more.
  void forget() noexcept;

 private:
  void drop_free();

  ConnectionPool* pool_;
  PeerKey peer_;
  Ref<net::Connection> connection_;
  std::array<ListenerId, 2> listeners_{};
  std::array<ListenerId, 3> free_listeners_{};
};

class ConnectionPool final : private LoopShutdownHook {
 public:
  ConnectionPool(Loop& loop, AgentOptions options);
  ~ConnectionPool() override;

  Loop& loop() const noexcept { return loop_; }
  const AgentOptions& options() const noexcept { return options_; }

  // Gives the exchange a connection, now or when it is its turn. Node: addRequest.
  void add(Ref<ClientExchange> exchange);
  // An exchange is over; `hint` is the response's Keep-Alive line. Node: the event 'free'.
  void release(PooledConnection& connection, std::string_view hint, bool may_keep);
  // It is somebody else's from here on. Node: the event 'agentRemove'.
  void take_away(PooledConnection& connection);
  void on_closed(PooledConnection& connection);
  void destroy_all();

  std::size_t in_use() const noexcept;
  std::size_t free() const noexcept;
  std::size_t waiting() const noexcept;

 private:
  struct Place {
    std::vector<Ref<PooledConnection>> in_use;
    std::deque<Ref<PooledConnection>> free;  // in the order they became so
    std::deque<Ref<ClientExchange>> waiting;
  };

  Ref<PooledConnection> take_free(Place& place);
  bool may_open(const Place& place) const noexcept;
  void open(Ref<ClientExchange> exchange);
  void open_for_waiting(const PeerKey& peer);
  void give(Ref<ClientExchange> exchange, Ref<PooledConnection> connection);
  bool may_keep(const Place& place) const noexcept;
  bool keep_alive(net::Connection& connection, std::string_view hint);
  void remove(PooledConnection& connection);
  void let_go() noexcept override;

  Loop& loop_;
  AgentOptions options_;
  std::map<PeerKey, Place> places_;
  std::size_t total_ = 0;  // of connections
};

}  // namespace weir::http
