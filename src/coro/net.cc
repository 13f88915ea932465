#include <weir/coro/net.h>

#include "net/resolver.h"
#include <weir/coro/event.h>
#include <weir/coro/internal/result_waiter.h>
#include <weir/coro/internal/stream_waiters.h>
#include <weir/coro/internal/unfinished.h>

namespace weir {
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
