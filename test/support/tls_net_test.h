// support/tls_net_test.h - the fixture of tests with a TLS server and clients on this machine.
//
//   serve({}, [](tls::Socket& socket) { socket.end("hello"); });
//   auto c = client();
//   EXPECT_EQ(log_of("c"), "connect ready secureConnect ...");  // runs the loop
//
// The server closes with its first connection. It has `identity`, which the clients' authority
// vouches for.
#pragma once

#include "support/certificates.h"
#include "support/loop_test.h"
#include <weir/net/socket.h>
#include <weir/net/tls_connect.h>
#include <weir/net/tls_server.h>

#include <functional>
#include <map>
#include <string>
#include <utility>

namespace weir::test {

class TlsNetTest : public LoopTest {
 protected:
  // Reads each connection unless `served` does; logs as "s", and the server as "server".
  void serve(tls::ServerOptions options, std::function<void(tls::Socket&)> served = {}) {
    if (options.context.cert.empty()) {
      options.context.key = identity.key;
      options.context.cert = identity.cert;
    }
    server = tls::create_server(loop, std::move(options),
                                [this, served = std::move(served)](tls::Socket& socket) {
                                  logs["server"].add("secureConnection");
                                  watch(socket, "s");
                                  if (served) return served(socket);
                                  socket.resume();
                                });
    server->on<tls::TlsClientError>([this](const tls::TlsClientError& event) {
      logs["server"].add("tlsClientError", event.error);
      client_error = event.error;
    });
    server->on<net::ConnectionEvent>([this](const net::ConnectionEvent& event) {
      event.socket->once<Close>([this] {
        if (server) server->close();
      });
    });
    server->listen(0, "127.0.0.1");
    port = server->address()->port;
  }

  static Ref<tls::SecureContext> context_of(const Identity& of) {
    return tls::create_secure_context({.key = of.key, .cert = of.cert});
  }

  // A client that trusts the authority and reads all data into received["c"].
  Ref<tls::Socket> client(tls::ConnectOptions options = {}, const std::string& name = "c") {
    options.port = port;
    if (options.host == "localhost") options.host = "127.0.0.1";
    if (!options.secure_context && options.context.ca.empty())
      options.context.ca = {authority.cert()};
    auto socket = tls::connect(loop, std::move(options));
    watch(*socket, name);
    read(*socket, name);
    return socket;
  }
  Ref<net::Socket> plain_client() { return net::connect(loop, port, "127.0.0.1"); }

  void read(tls::Socket& socket, const std::string& name) {
    std::string& into = received[name];
    socket.on<Data>([&into](const Data& data) { into += data.chunk.text(); });
  }
  void watch(tls::Socket& socket, const std::string& name) {
    EventLog& to = logs[name];
    socket.on<net::Connect>([&to] { to.add("connect"); });
    socket.on<net::Ready>([&to] { to.add("ready"); });
    socket.on<tls::SecureConnect>([&to] { to.add("secureConnect"); });
    socket.on<End>([&to] { to.add("end"); });
    socket.on<Finish>([&to] { to.add("finish"); });
    socket.on<Error>([&to](const Error& error) { to.add("error", error); });
    socket.on<Close>(
        [&to](const Close& close) { to.add(close.had_error ? "close(true)" : "close(false)"); });
  }
  std::string log_of(const std::string& name) {
    loop.run();
    return logs[name].take();
  }

  Authority authority;
  Identity identity = authority.issue();
  Ref<tls::Server> server;
  std::uint16_t port = 0;
  std::map<std::string, EventLog> logs;
  std::map<std::string, std::string> received;
  Error client_error;  // the last TlsClientError's
};

}  // namespace weir::test
