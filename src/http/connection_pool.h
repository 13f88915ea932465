// An Agent's connections by peer, and the requests that wait for one.
//
//   connection   on                                   becomes
//   in use       its exchange is over, keeps alive    free
//                the same, a request waits            in use (by that request)
//   free         a request to the same peer           in use
//                data, end, timeout                   destroyed
//   any          it has closed, or was taken away     removed
#pragma once

#include "http/client_exchange.h"
#include "http/peer_key.h"
#include <weir/base/ref.h>
#include <weir/event/scoped_listeners.h>
#include <weir/event/tick_queue.h>
#include <weir/http/agent.h>
#include <weir/loop/loop.h>
#include <weir/net/connection.h>

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
  void stop_watching_free() noexcept { free_listeners_.clear(); }
  // Detaches the connection from the pool.
  void forget() noexcept;

 private:
  void drop_free();

  ConnectionPool* pool_;
  PeerKey peer_;
  Ref<net::Connection> connection_;
  ScopedListeners listeners_;
  ScopedListeners free_listeners_;  // while it is free
};

class ConnectionPool final : private LoopShutdownHook {
 public:
  ConnectionPool(Loop& loop, AgentOptions options);
  ~ConnectionPool() override;

  Loop& loop() const noexcept { return loop_; }
  const AgentOptions& options() const noexcept { return options_; }

  // Gives the exchange a connection, now or once one is available. Node: addRequest.
  void add(Ref<ClientExchange> exchange);
  // Ends an exchange. `hint` is the response's Keep-Alive header. Node: the event 'free'.
  void release(PooledConnection& connection, std::string_view hint, bool may_keep);
  // Removes a connection that has a new owner. Node: the event 'agentRemove'.
  void take_away(PooledConnection& connection);
  void on_closed(PooledConnection& connection);
  void destroy_all();

  std::size_t in_use() const noexcept;
  std::size_t free() const noexcept;
  std::size_t waiting() const noexcept;

 private:
  struct Place {
    std::vector<Ref<PooledConnection>> in_use;
    std::deque<Ref<PooledConnection>> free;  // the oldest first
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
  std::size_t total_ = 0;  // number of connections
};

}  // namespace weir::http
