// weir/coro/net.h - co::connect, co::accept and co::lookup: connections in a coroutine.
//
//   auto sockets = weir::co::accept(loop, *server);
//   while (auto socket = co_await sockets.next()) weir::co::spawn(loop, serve(*std::move(socket)));
#pragma once

#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/base/ring.h>
#include <weir/coro/internal/waiter.h>
#include <weir/coro/task.h>
#include <weir/event/scoped_listeners.h>
#include <weir/loop/loop.h>
#include <weir/net/address.h>
#include <weir/net/connection.h>
#include <weir/net/server.h>
#include <weir/net/socket.h>
#include <weir/net/tls_server.h>
#include <weir/net/tls_socket.h>

#include <coroutine>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir {

namespace internal {

// The connections that a server has accepted and no coroutine has taken.
class AcceptQueue {
 public:
  AcceptQueue(TickQueue& ticks, net::Server& server);
  // Connections whose handshake has succeeded.
  AcceptQueue(TickQueue& ticks, tls::Server& server);
  AcceptQueue(const AcceptQueue&) = delete;
  AcceptQueue& operator=(const AcceptQueue&) = delete;
  // Destroys them.
  ~AcceptQueue();

  TickQueue& ticks() const noexcept { return ticks_; }
  bool has_next() const noexcept { return !accepted_.empty() || error_ || is_closed_; }
  void await_next(Ref<Waiter> waiter) { waiting_.push_back(std::move(waiter)); }
  // None once the server has closed.
  Ref<net::Connection> take();

 private:
  template <class Accepted, class Server>
  void listen(Server& server);
  void wake();

  TickQueue& ticks_;
  Ring<Ref<net::Connection>> accepted_;
  Ring<Ref<Waiter>> waiting_;
  Error error_;
  bool is_closed_ = false;
  ScopedListeners listeners_;
};

template <class S>
class [[nodiscard]] AcceptAwaiter {
 public:
  explicit AcceptAwaiter(AcceptQueue& queue) noexcept : queue_(queue) {}

  bool await_ready() const noexcept { return queue_.has_next(); }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> coroutine) {
    waiter_ = WaiterOwner<Waiter>(make_ref<Waiter>(queue_.ticks()));
    if (!waiter_->suspend(coroutine)) return false;
    queue_.await_next(waiter_.ref());
    return true;
  }
  std::optional<Ref<S>> await_resume() {
    if (waiter_)
      if (const Error failure = waiter_->failure()) throw Error(failure);
    const Ref<net::Connection> connection = queue_.take();
    if (!connection) return std::nullopt;
    return Ref<S>(static_cast<S*>(connection.get()));
  }

 private:
  AcceptQueue& queue_;
  WaiterOwner<Waiter> waiter_;
};

}  // namespace internal

// The connections of a server, one after the other. Those that are accepted meanwhile wait here;
// Server::set_max_connections bounds their number. The server has no other listener of
// ConnectionEvent (of a tls::Server: SecureConnection).
template <class S>
class [[nodiscard]] Sockets {
 public:
  template <class Server>
  Sockets(TickQueue& ticks, Server& server)
      : queue_(std::make_unique<internal::AcceptQueue>(ticks, server)) {}

  // Awaits the next connection; none once the server has closed.
  // ERRORS: an Error of the server, such as EADDRINUSE; ABORT_ERR.
  internal::AcceptAwaiter<S> next() noexcept { return internal::AcceptAwaiter<S>(*queue_); }

 private:
  std::unique_ptr<internal::AcceptQueue> queue_;
};

namespace co {

// Call it before the server's first connection. `ticks` is usually the server's Loop.
inline Sockets<net::Socket> accept(TickQueue& ticks, net::Server& server) {
  return {ticks, server};
}
// A handshake that fails is not in the sequence: the server emits TlsClientError.
inline Sockets<tls::Socket> accept(TickQueue& ticks, tls::Server& server) {
  return {ticks, server};
}

// Connects, and waits for the connection. A stop, and the end of the coroutine while it waits,
// destroys the socket. ERRORS: of net::connect, and of the connection: ECONNREFUSED.
Task<Ref<net::Socket>> connect(Loop& loop, net::ConnectOptions options);
Task<Ref<net::Socket>> connect(Loop& loop, std::int64_t port, std::string host = "localhost");

// The addresses of a host, from the system, in the order of preference. Their ports are 0.
// Node counterpart: dnsPromises.lookup, with `all`.
Task<std::vector<net::Address>> lookup(Loop& loop, std::string host,
                                       net::Family family = net::Family::any);

}  // namespace co
}  // namespace weir
