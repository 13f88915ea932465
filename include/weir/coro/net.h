// weir/coro/net.h - co::connect, co::accept and co::lookup: connections in a coroutine.
//
//   auto sockets = weir::co::accept(loop, *server);
//   while (auto socket = co_await sockets.next()) weir::co::spawn(loop, serve(*std::move(socket)));
#pragma once

#include <weir/base/ref.h>
#include <weir/coro/internal/accept_queue.h>
#include <weir/coro/task.h>
#include <weir/event/tick_queue.h>
#include <weir/loop/loop.h>
#include <weir/net/address.h>
#include <weir/net/server.h>
#include <weir/net/socket.h>
#include <weir/net/tls_server.h>
#include <weir/net/tls_socket.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace weir {

// The connections of a server, one after the other. Those that are accepted meanwhile wait here;
// Server::set_max_connections bounds their number. The server has no other listener of
// ConnectionEvent (of a tls::Server: SecureConnection).
template <class S>
class [[nodiscard]] Sockets {
 public:
  template <class Server>
  Sockets(TickQueue& ticks, Server& server)
      : queue_(make_ref<internal::AcceptQueue>(ticks, server)) {}
  Sockets(Sockets&&) noexcept = default;
  Sockets& operator=(Sockets other) noexcept {
    std::swap(queue_, other.queue_);
    return *this;
  }
  // Destroys the connections that wait here.
  ~Sockets() {
    if (queue_) queue_->close();
  }

  // Awaits the next connection; none once the server has closed. Several coroutines may wait: each
  // connection goes to one of them, in the order of their calls.
  // ERRORS: an Error of the server, such as EADDRINUSE, in one of them; ABORT_ERR;
  // ERR_STREAM_PREMATURE_CLOSE if this is destroyed first.
  internal::AcceptAwaiter<S> next() noexcept { return internal::AcceptAwaiter<S>(queue_); }

 private:
  Ref<internal::AcceptQueue> queue_;
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
