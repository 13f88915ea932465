// support/tls_test.h - the fixture of tests of TLS: an authority, certificates, and a client and a
// server over a pair of connections.
//
//   connect();
//   client->end("hello");
//   EXPECT_EQ(after_run(), "...");
//
// Events are logged with the prefixes "c." and "s."; `received_by` has their data.
#pragma once

#include "support/certificates.h"
#include "support/connection_pair.h"
#include "support/loop_test.h"
#include <weir/net/tls_context.h>
#include <weir/net/tls_socket.h>

#include <string>
#include <utility>

namespace weir::test {

class TlsTest : public LoopTest {
 protected:
  TlsTest() {
    client_options.secure_context = tls::create_secure_context({.ca = {authority.cert()}});
    server_options = {.is_server = true, .secure_context = context_of(identity)};
    std::tie(client_wire, server_wire) = connection_pair(loop);
  }

  static Ref<tls::SecureContext> context_of(const Identity& identity) {
    return tls::create_secure_context({.key = identity.key, .cert = identity.cert});
  }

  // Both begin the handshake; their events are logged.
  void connect() {
    make_client();
    make_server();
  }
  void make_client() {
    client = tls::Socket::make(client_wire, std::move(client_options));
    listen(*client, "c.", received_by_client);
  }
  void make_server() {
    server = tls::Socket::make(server_wire, std::move(server_options));
    listen(*server, "s.", received_by_server);
  }
  void listen(tls::Socket& socket, const std::string& prefix, std::string& received) {
    socket.on<tls::SecureConnect>([this, prefix] { log.add(prefix + "secureConnect"); });
    if (reads) socket.on<Data>([&received](const Data& data) { received += data.chunk.text(); });
    socket.on<End>([this, prefix] { log.add(prefix + "end"); });
    socket.on<Finish>([this, prefix] { log.add(prefix + "finish"); });
    socket.on<net::Timeout>([this, prefix] { log.add(prefix + "timeout"); });
    socket.on<Error>([this, prefix](const Error& error) {
      log.add(prefix + "error", error);
      if (!failure) failure = error;
    });
    socket.on<Close>([this, prefix](const Close& close) {
      log.add(prefix + (close.had_error ? "close(error)" : "close"));
    });
  }

  Authority authority;
  Identity identity = authority.issue();
  tls::SocketOptions client_options;
  tls::SocketOptions server_options;
  Ref<PairedConnection> client_wire;
  Ref<PairedConnection> server_wire;
  Ref<tls::Socket> client;
  Ref<tls::Socket> server;
  bool reads = true;
  std::string received_by_client;
  std::string received_by_server;
  Error failure;  // the first that was emitted
};

}  // namespace weir::test
