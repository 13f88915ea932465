// TLS: contexts, a handshake with data in both directions, and a server. See trial.h.

#include "support/certificates.h"
#include "support/trial.h"
#include <weir/loop/loop.h>
#include <weir/net/server.h>
#include <weir/net/socket.h>
#include <weir/net/tls_connect.h>
#include <weir/net/tls_context.h>
#include <weir/net/tls_server.h>
#include <weir/net/tls_socket.h>

#include <array>
#include <cstdlib>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <sys/socket.h>

namespace weir {
namespace {

using test::Trial;

const test::Authority& authority() {
  static const test::Authority made;
  return made;
}
const test::Identity& identity() {
  static const test::Identity made = authority().issue({});
  return made;
}

class TlsAllocation : public testing::Test {
 protected:
  TlsAllocation() { identity(); }
};

Ref<tls::SecureContext> server_context() {
  return tls::create_secure_context({.key = identity().key, .cert = identity().cert});
}
Ref<tls::SecureContext> client_context() {
  return tls::create_secure_context({.ca = {authority().cert()}});
}

TEST_F(TlsAllocation, AContextAndItsCertificate) {
  test::expect_borne([](Trial& trial) {
    const auto context = server_context();
    trial.expect(context != nullptr);
  });
}

// Both ends are in this process, over a pair of sockets.
TEST_F(TlsAllocation, AHandshakeAndAnEcho) {
  test::expect_borne([](Trial& trial) {
    std::string echoed;
    Loop loop;
    std::array<int, 2> ends;
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0) std::abort();
    Ref<net::Socket> here;
    Ref<net::Socket> there;
    // A socket that could not be made has not taken its descriptor.
    for (auto [wire, fd] : {std::pair(&here, ends[0]), std::pair(&there, ends[1])})
      trial.attempt([&] { *wire = net::Socket::make(loop, {.allow_half_open = true, .fd = fd}); });
    if (here && there) {
      trial.attempt([&] {
        const auto server = trial.watch(
            tls::Socket::make(there, {.is_server = true, .secure_context = server_context()}));
        const auto client = trial.watch(
            tls::Socket::make(here, {.host = "localhost", .secure_context = client_context()}));
        server->pipe(server);
        client->on<Data>([&](const Data& data) { echoed += data.chunk.text(); });
        trial.write(*client, std::string(20'000, 'x'));
        trial.end(*client);
      });
    }
    if (trial.reported()) {
      if (here) here->destroy();
      if (there) there->destroy();
    }
    trial.run(loop);
    trial.expect(echoed.size() == 20'000);
  });
}

TEST_F(TlsAllocation, AServerAndItsClient) {
  test::expect_borne([](Trial& trial) {
    std::string heard;
    Loop loop;
    const auto server =
        tls::create_server(loop, {.context = {.key = identity().key, .cert = identity().cert}},
                           [&](tls::Socket& socket) {
                             socket.on<Error>([&] { trial.report(); });
                             socket.end("hello");
                           });
    server->on<Error>([&] { trial.report(); });
    server->on<tls::TlsClientError>([&] { trial.report(); });
    server->listen(0, "127.0.0.1");
    tls::ConnectOptions options;
    options.port = server->address()->port;
    options.host = "127.0.0.1";
    options.context.ca = {authority().cert()};
    const auto client = trial.watch(tls::connect(loop, std::move(options)));
    client->on<Data>([&](const Data& data) { heard += data.chunk.text(); });
    client->on<Close>([&] { server->close(); });
    trial.run(loop);
    trial.expect(heard == "hello");
  });
}

}  // namespace
}  // namespace weir
