#include <weir/coro/net.h>

#include "net/resolver.h"
#include <weir/coro/event.h>
#include <weir/coro/internal/result_waiter.h>
#include <weir/coro/internal/stream_waiters.h>
#include <weir/coro/internal/unfinished.h>
#include <weir/stream/events.h>

namespace weir {
namespace internal {

template <class Accepted, class Server>
void AcceptQueue::listen(Server& server) {
  listeners_.on<Accepted>(server, [this](const Accepted& event) {
    // Its Error is heard by the coroutine that takes it.
    ensure_waiters(*event.socket, "co::accept");
    accepted_.push_back(event.socket);
    wake();
  });
  listeners_.on<Error>(server, [this](const Error& error) {
    error_ = error;
    wake();
  });
  listeners_.on<Close>(server, [this] {
    is_closed_ = true;
    for (std::size_t left = waiting_.size(); left > 0; --left) wake();
  });
}

AcceptQueue::AcceptQueue(TickQueue& ticks, net::Server& server) : ticks_(ticks) {
  listen<net::ConnectionEvent>(server);
}
AcceptQueue::AcceptQueue(TickQueue& ticks, tls::Server& server) : ticks_(ticks) {
  listen<tls::SecureConnection>(server);
}

AcceptQueue::~AcceptQueue() {
  listeners_.clear();
  while (!accepted_.empty()) accepted_.pop_front()->destroy();
}

Ref<net::Connection> AcceptQueue::take() {
  if (!accepted_.empty()) return accepted_.pop_front();
  if (const Error error = std::exchange(error_, {})) throw Error(error);
  return {};
}

// On a tick, for the listener of the server runs now and the coroutine may destroy this.
void AcceptQueue::wake() {
  while (!waiting_.empty()) {
    const Ref<Waiter> waiter = waiting_.pop_front();
    if (waiter->is_over()) continue;
    return waiter->complete_on_tick();
  }
}

}  // namespace internal

namespace co {

Task<Ref<net::Socket>> connect(Loop& loop, net::ConnectOptions options) {
  internal::Unfinished<net::Socket> socket(net::connect(loop, std::move(options)));
  co_await next<net::Connect>(*socket);
  internal::ensure_waiters(*socket, "co::connect");
  co_return socket.release();
}

Task<Ref<net::Socket>> connect(Loop& loop, std::int64_t port, std::string host) {
  net::ConnectOptions options;
  options.port = port;
  options.host = std::move(host);
  return co::connect(loop, std::move(options));
}

Task<std::vector<net::Address>> lookup(Loop& loop, std::string host, net::Family family) {
  using Addresses = std::vector<net::Address>;
  auto waiter = make_ref<internal::ResultWaiter<Addresses>>(loop.ticks());
  net::resolve(
      loop.core(), host, family,
      [completer = internal::Completer(waiter)](const Error& error, Addresses addresses) mutable {
        if (error)
          completer.fail(error);
        else
          completer.succeed(std::move(addresses));
      });
  co_return co_await internal::ResultAwaiter<Addresses>(std::move(waiter));
}

}  // namespace co
}  // namespace weir
