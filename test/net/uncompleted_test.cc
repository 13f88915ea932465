// The callbacks of a connection that closes before it is done: their order and codes are those of
// Node 26, over TCP, a unix socket and TLS.
#include "net/uncompleted.h"

#include "support/certificates.h"
#include "support/event_log.h"
#include "support/loop_test.h"
#include <weir/net/connection.h>
#include <weir/net/server.h>
#include <weir/net/socket.h>
#include <weir/net/tls_connect.h>
#include <weir/net/tls_server.h>

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace weir::net {
namespace {

enum class ConnectionKind { tcp, unix_socket, tls };

std::string name_of_kind(ConnectionKind kind) {
  if (kind == ConnectionKind::tcp) return "Tcp";
  return kind == ConnectionKind::tls ? "Tls" : "UnixSocket";
}

class ClosingTest : public test::LoopTest, public testing::WithParamInterface<ConnectionKind> {
 protected:
  // A server that notes what it receives.
  void serve() {
    const auto serve_one = [this](Connection& s) {
      s.on<Data>([this](const Data& data) { received += data.chunk.text(); });
      s.on<Error>([] {});
      s.on<Close>([this] {
        if (server) server->close();
        if (tls_server) tls_server->close();
      });
    };
    if (GetParam() == ConnectionKind::tls) {
      const test::Identity identity = authority.issue();
      tls_server = tls::create_server(
          loop, {.context = {.key = identity.key, .cert = identity.cert}}, serve_one);
      tls_server->on<ConnectionEvent>([this](const ConnectionEvent& event) {
        event.socket->once<Close>([this] { tls_server->close(); });
      });
      tls_server->listen(0, "127.0.0.1");
      port = tls_server->address()->port;
      return;
    }
    server = create_server(loop, serve_one);
    if (GetParam() == ConnectionKind::unix_socket)
      server->listen({.path = path});
    else
      server->listen(0, "127.0.0.1");
    port = server->address()->port;
  }
  // A port that no one listens on.
  void serve_nothing() {
    const auto closed = create_server(loop);
    closed->listen(0, "127.0.0.1");
    port = closed->address()->port;
    closed->close();
    loop.run();
  }

  Ref<Connection> connect() {
    if (GetParam() == ConnectionKind::tls)
      return tls::connect(loop, {.port = port,
                                 .host = "127.0.0.1",
                                 .context = {.ca = {authority.cert()}},
                                 .servername = "localhost"});
    if (GetParam() == ConnectionKind::unix_socket) return net::connect(loop, path);
    return net::connect(loop, port, "127.0.0.1");
  }

  // Runs `program` on a new connection. Returns the events, but not those of the other side.
  std::string events_of(const std::function<void(Connection&)>& program) {
    auto c = connect();
    c->on<Connect>([this] { log.add("connect"); });
    c->on<Ready>([this] { log.add("ready"); });
    c->on<Error>([this](const Error& error) { log.add("error", error); });
    c->on<Close>(
        [this](const Close& close) { log.add(close.had_error ? "close(true)" : "close(false)"); });
    program(*c);
    c = nullptr;
    loop.run();
    return log.take();
  }
  void write(Connection& c, const std::string& name) { c.write(name, log.callback(name)); }
  void write_all(Connection& c) {
    for (const char* const name : {"a", "b", "c"}) write(c, name);
  }
  void end(Connection& c) { c.end(log.callback("end")); }

  std::string path = fmt::format("/tmp/weir-closing-test-{}", ::getpid());
  std::uint16_t port = 0;
  std::string received;
  test::Authority authority;
  Ref<Server> server;
  Ref<tls::Server> tls_server;
};

INSTANTIATE_TEST_SUITE_P(Over, ClosingTest,
                         testing::Values(ConnectionKind::tcp, ConnectionKind::unix_socket,
                                         ConnectionKind::tls),
                         [](const auto& instance) { return name_of_kind(instance.param); });

TEST_P(ClosingTest, RefusedConnectionsCallEachWriteBackOnceWithNodesCode) {
  serve_nothing();
  const std::string code = GetParam() == ConnectionKind::unix_socket ? "ENOENT" : "ECONNREFUSED";
  const std::string failed = "error(" + code + ") close(true) ";
  const std::string a = "a(ERR_SOCKET_CLOSED_BEFORE_CONNECTION) ";
  const std::string rest = fmt::format("b({0}) c({0})", code);

  EXPECT_EQ(events_of([this](Connection& c) { write_all(c); }), failed + a + rest);
  EXPECT_EQ(events_of([this](Connection& c) {
              write_all(c);
              end(c);
            }),
            failed + a + rest + " end(" + code + ")");
  EXPECT_EQ(events_of([this](Connection& c) { end(c); }),
            "end(" + code + ") error(" + code + ") close(true)");
  EXPECT_EQ(events_of([this](Connection& c) { c.end("x", log.callback("end")); }),
            failed + "end(" + code + ")");
  EXPECT_EQ(events_of([this](Connection& c) {
              write(c, "a");
              loop.next_tick([this, &c] { write(c, "b"); });
            }),
            failed + a + "b(" + code + ")");
  // The first write is not the one that waits for the connection.
  EXPECT_EQ(events_of([this](Connection& c) {
              c.write("0");
              write(c, "b");
              write(c, "c");
            }),
            failed + rest);
}

TEST_P(ClosingTest, WritesThatWereCorkedFailTogether) {
  serve_nothing();
  const std::string code = GetParam() == ConnectionKind::unix_socket ? "ENOENT" : "ECONNREFUSED";
  EXPECT_EQ(events_of([this](Connection& c) {
              c.cork();
              write(c, "a");
              write(c, "b");
              loop.next_tick([&c] { c.uncork(); });
            }),
            "error(" + code +
                ") close(true) a(ERR_SOCKET_CLOSED_BEFORE_CONNECTION) "
                "b(ERR_SOCKET_CLOSED_BEFORE_CONNECTION)");
}

TEST_P(ClosingTest, ADestroyedConnectionThatWasNotThereYetCallsBackAfterClose) {
  serve_nothing();
  const std::string first = "a(ERR_SOCKET_CLOSED_BEFORE_CONNECTION) ";
  for (const bool is_later : {false, true})
    for (const Error& error : {Error(), Error("x")}) {
      const auto destroy = [&](Connection& c) {
        if (is_later)
          loop.next_tick([&c, error] { c.destroy(error); });
        else
          c.destroy(error);
      };
      const std::string code = error ? "x" : "ERR_SOCKET_CLOSED_BEFORE_CONNECTION";
      const std::string closed = error ? "error(x) close(true) " : "close(false) ";
      EXPECT_EQ(events_of([&](Connection& c) {
                  write_all(c);
                  end(c);
                  destroy(c);
                }),
                closed + first + fmt::format("b({0}) c({0}) end({0})", code));
      EXPECT_EQ(events_of([&](Connection& c) {
                  end(c);
                  destroy(c);
                }),
                error ? "end(x) error(x) close(true)" : "end(ERR_STREAM_DESTROYED) close(false)");
    }
}

// Over TLS nothing can be sent yet.
TEST_P(ClosingTest, WritesAreSentWhereAListenerOfConnectDestroysIt) {
  for (const bool is_first : {true, false})
    for (const bool is_ready : {false, true})
      for (const Error& error : {Error(), Error("x")}) {
        serve();
        const std::string events = events_of([&](Connection& c) {
          const auto destroy = [&c, error] { c.destroy(error); };
          const auto listen = [&] {
            if (is_ready)
              c.on<Ready>(destroy);
            else
              c.on<Connect>(destroy);
          };
          if (is_first) listen();
          write_all(c);
          end(c);
          if (!is_first) listen();
        });
        const std::string end =
            error ? "end(x) error(x) close(true)" : "end(ERR_STREAM_DESTROYED) close(false)";
        if (GetParam() == ConnectionKind::tls) {
          EXPECT_EQ(events, error
                                ? "connect ready error(x) a(ECANCELED) b(x) c(x) end(x) close(true)"
                                : "connect ready a(ECANCELED) b(ECANCELED) c(ECANCELED) "
                                  "end(ECANCELED) close(false)");
          EXPECT_EQ(std::exchange(received, {}), "");
        } else {
          EXPECT_EQ(events, (is_ready ? "connect a b c ready " : "connect ready a b c ") + end);
          EXPECT_EQ(std::exchange(received, {}), "abc");
        }
      }
}

TEST_P(ClosingTest, WhatTheSystemDoesNotTakeIsCancelledWhereAListenerOfConnectDestroysIt) {
  serve();
  const std::size_t size = 10'000'000;
  EXPECT_EQ(events_of([&](Connection& c) {
              c.write(std::string(size, 'x'), log.callback("a"));
              write(c, "b");
              c.on<Connect>([&c] { c.destroy(); });
            }),
            "connect ready a(ECANCELED) b(ECANCELED) close(false)");
  EXPECT_LT(received.size(), size);
}

TEST_P(ClosingTest, AnEndOfADestroyedConnectionIsCalledBackAfterTheFirstWrite) {
  if (GetParam() == ConnectionKind::tls) GTEST_SKIP() << "writes of TLS do not complete at once";
  for (const Error& error : {Error(), Error("x")}) {
    serve();
    EXPECT_EQ(events_of([&](Connection& c) {
                c.on<Ready>([&, error] {
                  loop.set_immediate([&, error] {
                    write_all(c);
                    end(c);
                    c.destroy(error);
                  });
                });
              }),
              error ? "connect ready a end(x) b c error(x) close(true)"
                    : "connect ready a end(ERR_STREAM_DESTROYED) b c close(false)");
    EXPECT_EQ(std::exchange(received, {}), "abc");
  }
}

TEST_P(ClosingTest, AThrowingCallbackOrListenerDoesNotKeepTheRestFromComing) {
  survive();
  serve_nothing();
  const std::string failed = GetParam() == ConnectionKind::unix_socket
                                 ? "error(ENOENT) close(true) "
                                 : "error(ECONNREFUSED) close(true) ";
  EXPECT_EQ(events_of([this](Connection& c) {
              c.on<Close>([] { throw std::runtime_error("x"); });
              write(c, "a");
            }),
            failed + "! a(ERR_SOCKET_CLOSED_BEFORE_CONNECTION)");
  serve();
  EXPECT_EQ(events_of([this](Connection& c) {
              c.on<Ready>([&c] {
                c.write(std::string(10'000'000, 'x'),
                        [](const Error&) { throw std::runtime_error("x"); });
                c.destroy();
              });
            }),
            "connect ready ! close(false)");
}

}  // namespace
}  // namespace weir::net
