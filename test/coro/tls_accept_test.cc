#include "support/certificates.h"
#include "support/coro_test.h"
#include <weir/coro/event.h>
#include <weir/coro/net.h>
#include <weir/coro/read.h>
#include <weir/coro/write.h>
#include <weir/net/tls_connect.h>
#include <weir/net/tls_server.h>

#include <cstdint>
#include <string>
#include <utility>

namespace weir {
namespace {

class TlsAcceptTest : public test::CoroTest {
 protected:
  void listen() {
    const test::Identity identity = authority.issue();
    server = tls::create_server(loop, {.context = {.key = identity.key, .cert = identity.cert}});
    server->listen(0, "127.0.0.1");
    port = server->address()->port;
  }
  Ref<tls::Socket> connect() {
    tls::ConnectOptions options;
    options.port = port;
    options.host = "127.0.0.1";
    options.context.ca = {authority.cert()};
    return tls::connect(loop, std::move(options));
  }

  test::Authority authority;
  Ref<tls::Server> server;
  std::uint16_t port = 0;
};

TEST_F(TlsAcceptTest, AServerIsASequenceOfSockets) {
  listen();
  spawn([&]() -> Task<> {
    auto sockets = co::accept(loop, *server);
    for (int i = 0; i < 2; ++i) {
      const Ref<tls::Socket> socket = *co_await sockets.next();
      log.add((co_await co::read(*socket))->text());
      co_await co::end(*socket);
    }
    server->close();
    EXPECT_FALSE(co_await sockets.next());
    log.add("closed");
  });
  for (const char* name : {"a", "b"})
    co::run(loop, [&]() -> Task<> {
      const auto socket = connect();
      co_await co::write(*socket, name);
      EXPECT_FALSE(co_await co::read(*socket));
    });
  EXPECT_EQ(after_run(), "a b closed");
}

// The sequence has only connections that a coroutine can use.
TEST_F(TlsAcceptTest, AFailedHandshakeIsNotInTheSequence) {
  listen();
  server->on<tls::TlsClientError>([this] { log.add("refused"); });
  spawn([&]() -> Task<> {
    auto sockets = co::accept(loop, *server);
    const Ref<tls::Socket> socket = *co_await sockets.next();
    log.add((co_await co::read(*socket))->text());
    co_await co::end(*socket);
    server->close();
  });
  co::run(loop, [&]() -> Task<> {
    const auto plain = co_await co::connect(loop, port, "127.0.0.1");
    co_await co::end(*plain, "not TLS at all\r\n\r\n");
    plain->resume();
    co_await co::next<Close>(*plain);
    const auto socket = connect();
    co_await co::write(*socket, "TLS");
    EXPECT_FALSE(co_await co::read(*socket));
  });
  EXPECT_EQ(after_run(), "refused TLS");
}

TEST_F(TlsAcceptTest, SocketsThatNoCoroutineTakesAreDestroyed) {
  listen();
  {
    auto sockets = co::accept(loop, *server);
    co::run(loop, [&]() -> Task<> {
      const auto socket = connect();
      co_await co::next<tls::SecureConnect>(*socket);
      while (server->connections() == 0) co_await co::yield(loop);
      socket->destroy();
    });
  }
  server->close();
  loop.run();
  EXPECT_EQ(server->connections(), 0u);
}

}  // namespace
}  // namespace weir
