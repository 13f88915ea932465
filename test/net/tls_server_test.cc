#include <weir/net/tls_server.h>

#include "support/tls_net_test.h"
#include <weir/loop/stepped_clock.h>
#include <weir/net/tls_connect.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace weir::tls {
namespace {

using std::chrono_literals::operator""ms;
using test::Identity;

class TlsServerTest : public test::TlsNetTest {};

TEST_F(TlsServerTest, AClientConnectsVerifiesTalksAndCloses) {
  serve({}, [this](Socket& socket) {
    read(socket, "s");
    socket.on<End>([&socket] { socket.end("world"); });
    EXPECT_TRUE(socket.encrypted());
    EXPECT_EQ(socket.remote_address()->address, "127.0.0.1");
  });
  client({.allow_half_open = true})->end("hello");
  EXPECT_EQ(log_of("c"), "connect ready secureConnect finish end close(false)");
  EXPECT_EQ(logs["s"].take(), "end finish close(false)");
  EXPECT_EQ(received["s"], "hello");
  EXPECT_EQ(received["c"], "world");
}

TEST_F(TlsServerTest, ACertificateThatIsNotTrustedIsAnErrorOfTheClientAndAHangUpOfTheServer) {
  const Identity alone = test::self_signed();
  serve({.context = {.key = alone.key, .cert = alone.cert}});
  client();
  EXPECT_EQ(log_of("c"), "connect ready error(DEPTH_ZERO_SELF_SIGNED_CERT) close(true)");
  EXPECT_EQ(logs["server"].take(), "tlsClientError(ECONNRESET)");
  EXPECT_EQ(client_error.message(), "socket hang up");
}

TEST_F(TlsServerTest, ACertificateOfAnotherHostIsAnError) {
  serve({});
  client({.servername = "other.example"});
  EXPECT_EQ(log_of("c"), "connect ready error(ERR_TLS_CERT_ALTNAME_INVALID) close(true)");
}

TEST_F(TlsServerTest, TheProtocolIsChosenAndWithoutOneBothFail) {
  serve({.alpn_protocols = {"a", "b"}}, [](Socket& socket) {
    EXPECT_EQ(socket.alpn_protocol(), "b");
    socket.end();
  });
  auto c = client({.alpn_protocols = {"b", "c"}});
  loop.run();
  EXPECT_EQ(c->alpn_protocol(), "b");

  serve({.alpn_protocols = {"a"}});
  client({.alpn_protocols = {"c"}}, "d");
  EXPECT_EQ(log_of("d"),
            "connect ready error(ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL) close(true)");
  EXPECT_EQ(client_error.name(), "ERR_SSL_NO_APPLICATION_PROTOCOL");
}

TEST_F(TlsServerTest, AProtocolWithoutANameIsRefusedWhenTheServerIsMade) {
  const Error error = test::thrown_by([&] { serve({.alpn_protocols = {"a", ""}}); });
  EXPECT_EQ(error.name(), "ERR_OUT_OF_RANGE");
}

TEST_F(TlsServerTest, VersionsWithoutOverlapFailBothSides) {
  serve({.context = {.min_version = Version::tls1_3}});
  client({.context = {.max_version = Version::tls1_2}});
  EXPECT_EQ(log_of("c"), "connect ready error(ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION) close(true)");
  EXPECT_EQ(client_error.name(), "ERR_SSL_UNSUPPORTED_PROTOCOL");
}

TEST_F(TlsServerTest, TheOlderVersionIsSpokenWhereAskedFor) {
  serve({}, [](Socket& socket) { socket.end("old"); });
  auto c = client({.context = {.max_version = Version::tls1_2}});
  loop.run();
  EXPECT_EQ(c->protocol(), "TLSv1.2");
  EXPECT_EQ(received["c"], "old");
}

// --- Names ---

TEST_F(TlsServerTest, AContextIsAddedForNamesThatAStarStandsFor) {
  serve({}, [](Socket& socket) { socket.end(); });
  const Identity named = authority.issue({.alternative_names = "DNS:*.named.example"});
  server->add_context("*.named.example",
                      create_secure_context({.key = named.key, .cert = named.cert}));
  auto c = client({.servername = "WWW.named.example"});
  loop.run();
  EXPECT_TRUE(c->authorized()) << c->authorization_error();
}

TEST_F(TlsServerTest, AStarStandsForNoDotAndTheLastContextCounts) {
  serve({}, [](Socket& socket) { socket.end(); });
  const Identity first = authority.issue({.common_name = "first"});
  const Identity last = authority.issue({.common_name = "last"});
  server->add_context("*.example", context_of(first));
  server->add_context("a.*", context_of(last));
  std::string common_name;
  auto accept = [&](std::string_view, const Certificate& certificate) {
    common_name = certificate.subject.back().second;
    return Error();
  };
  client({.servername = "a.example", .check_server_identity = accept});
  loop.run();
  EXPECT_EQ(common_name, "last");
  serve({}, [](Socket& socket) { socket.end(); });
  server->add_context("*.example", context_of(first));
  client({.servername = "a.b.example", .check_server_identity = accept});
  loop.run();
  EXPECT_EQ(common_name, "test");
}

TEST_F(TlsServerTest, ANameIsNeededToAddAContext) {
  serve({});
  EXPECT_EQ(test::name_of(test::thrown_by([&] { server->add_context("", nullptr); })),
            "ERR_TLS_REQUIRED_SERVER_NAME");
  server->close();
  loop.run();
}

TEST_F(TlsServerTest, TheProgramChoosesTheContext) {
  const Identity named = authority.issue({.alternative_names = "DNS:chosen.example"});
  serve({.sni_callback =
             [&](std::string_view name, SniAnswer answer) {
               EXPECT_EQ(name, "chosen.example");
               answer({}, context_of(named));
             }},
        [](Socket& socket) { socket.end(); });
  auto c = client({.servername = "chosen.example"});
  loop.run();
  EXPECT_TRUE(c->authorized());
}

TEST_F(TlsServerTest, AnErrorOfTheChoiceIsATlsClientError) {
  serve({.sni_callback = [](std::string_view, SniAnswer answer) { answer(Error("no"), nullptr); }});
  client({.servername = "localhost"});
  EXPECT_EQ(log_of("c"), "connect ready error(ECONNRESET) close(true)");
  EXPECT_EQ(client_error.message(), "no");
}

// --- Clients' certificates ---

TEST_F(TlsServerTest, AClientWithoutTheCertificateThatIsRequestedIsATlsClientError) {
  serve({.request_cert = true});
  client();
  loop.run();
  EXPECT_EQ(logs["server"].take(), "tlsClientError(ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE)");
  EXPECT_EQ(logs["c"].take(),
            "connect ready secureConnect error(ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED) "
            "close(true)");
}

TEST_F(TlsServerTest, AClientThatIsNotTrustedHangsUp) {
  const Identity alone = test::self_signed();
  serve({.request_cert = true});
  client({.context = {.key = alone.key, .cert = alone.cert}});
  loop.run();
  EXPECT_EQ(logs["server"].take(), "tlsClientError(ECONNRESET)");
}

TEST_F(TlsServerTest, AClientWithoutTrustIsReportedIfItNeedNotBeTrusted) {
  const Identity alone = test::self_signed();
  serve({.reject_unauthorized = false, .request_cert = true}, [](Socket& socket) {
    EXPECT_FALSE(socket.authorized());
    EXPECT_EQ(socket.authorization_error().name(), "DEPTH_ZERO_SELF_SIGNED_CERT");
    socket.end("come in");
  });
  client({.context = {.key = alone.key, .cert = alone.cert}});
  loop.run();
  EXPECT_EQ(received["c"], "come in");
}

// --- Clients without TLS ---

TEST_F(TlsServerTest, HttpIsATlsClientError) {
  serve({});
  auto c = plain_client();
  c->end("GET / HTTP/1.1\r\n\r\n");
  c->resume();
  loop.run();
  EXPECT_EQ(logs["server"].take(), "tlsClientError(ERR_SSL_HTTP_REQUEST)");
}

TEST_F(TlsServerTest, AClientThatEndsSilentlyHangsUp) {
  serve({});
  auto c = plain_client();
  c->end();
  c->resume();
  loop.run();
  EXPECT_EQ(logs["server"].take(), "tlsClientError(ECONNRESET)");
}

TEST_F(TlsServerTest, AResetDuringTheHandshakeIsATlsClientError) {
  serve({});
  auto c = plain_client();
  c->on<net::Connect>([&] { c->write("\x16\x03\x01", [&] { c->reset_and_destroy(); }); });
  loop.run();
  EXPECT_EQ(logs["server"].take(), "tlsClientError(ECONNRESET)");
}

TEST_F(TlsServerTest, ASlowHandshakeIsDropped) {
  SteppedClock clock(loop);
  serve({.handshake_timeout = 20ms});
  auto c = plain_client();
  c->resume();
  while (server->connections() == 0) loop.poll();
  clock.pass(20ms);
  loop.run();
  EXPECT_EQ(logs["server"].take(), "tlsClientError(ERR_TLS_HANDSHAKE_TIMEOUT)");
  EXPECT_TRUE(c->closed());
}

TEST_F(TlsServerTest, ASocketOverATlsSocketEmitsConnectAndReadyWithIt) {
  serve({});
  const auto below = connect(loop, {.port = port, .host = "127.0.0.1"});
  below->on<Error>([] {});
  const auto above = Socket::make(below);
  watch(*above, "above");
  while (below->connecting()) loop.poll();
  EXPECT_EQ(logs["above"].take(), "connect ready");
  above->destroy();
  loop.run();
}

TEST_F(TlsServerTest, HandshakesAreDestroyedAndConnectionsThatAreThroughWithThemAreNot) {
  bool is_through = false;
  serve({}, [&](Socket& socket) {
    is_through = true;
    socket.resume();
  });
  const auto through = client();
  const auto silent = plain_client();
  silent->resume();
  while (!is_through || server->connections() < 2) loop.poll();
  server->destroy_handshakes();
  while (!silent->closed()) loop.poll();
  EXPECT_EQ(logs["server"].take(), "secureConnection tlsClientError(ECONNRESET)");
  EXPECT_FALSE(through->destroyed());
  server->destroy_handshakes();
  through->end();
  EXPECT_EQ(log_of("c"), "connect ready secureConnect finish end close(false)");
}

// Before the handshake can begin.
TEST_F(TlsServerTest, AConnectionThatFailsAtOnceIsAnErrorOfTheSocket) {
  auto c = tls::connect(
      loop, {.port = 9, .host = "224.0.0.1"});  // a multicast address accepts no connection
  watch(*c, "c");
  EXPECT_EQ(log_of("c"), "error(ENETUNREACH) close(true)");
}

TEST_F(TlsServerTest, AClientConnectsFromTheGivenAddress) {
  serve({}, [](Socket& socket) {
    EXPECT_EQ(socket.remote_address()->address, "127.0.0.5");
    socket.end();
  });
  client({.local_address = "127.0.0.5"});
  EXPECT_EQ(log_of("c"), "connect ready secureConnect end finish close(false)");
}

TEST_F(TlsServerTest, AServerThatHangsUpWithoutAWordIsAnErrorUnlessIgnored) {
  for (const bool ignores : {false, true}) {
    std::shared_ptr<net::Socket*> wire = std::make_shared<net::Socket*>(nullptr);
    serve({}, [wire](Socket& socket) {
      socket.on<Error>([] {});
      socket.write("some", [wire](const Error&) { (*wire)->destroy(); });
    });
    server->on<net::ConnectionEvent>(
        [wire](const net::ConnectionEvent& event) { *wire = event.socket.get(); });
    const std::string name = ignores ? "ignoring" : "c";
    client({.ignore_unexpected_eof = ignores}, name);
    EXPECT_EQ(log_of(name), ignores ? "connect ready secureConnect end finish close(false)"
                                    : "connect ready secureConnect "
                                      "error(ERR_SSL_UNEXPECTED_EOF_WHILE_READING) close(true)");
    EXPECT_EQ(received[name], "some");
  }
}

TEST_F(TlsServerTest, AClientNamesAServerThatDoesNotAnswerInTls) {
  auto plain = net::create_server(loop, [](net::Socket& s) { s.end("HTTP/1.1 400 Bad\r\n\r\n"); });
  plain->listen(0, "127.0.0.1");
  port = plain->address()->port;
  client()->on<Close>([&] { plain->close(); });
  EXPECT_EQ(log_of("c"), "connect ready error(ERR_SSL_WRONG_VERSION_NUMBER) close(true)");
}

TEST_F(TlsServerTest, AServerThatClosesBeforeTheHandshakeResetsTheClient) {
  auto plain = net::create_server(loop, [](net::Socket& s) { s.end(); });
  plain->listen(0, "127.0.0.1");
  port = plain->address()->port;
  auto c = client();
  c->on<Close>([&] { plain->close(); });
  EXPECT_EQ(log_of("c"), "connect ready error(ECONNRESET) close(true)");
  EXPECT_EQ(c->errored().message(),
            "Client network socket disconnected before secure TLS connection was established");
}

TEST_F(TlsServerTest, AConnectionThatIsRefusedIsTheTransportsError) {
  serve({});
  server->close();
  auto c = client();
  c->write("x", [&](const Error& error) { logs["c"].add("written", error); });
  EXPECT_EQ(log_of("c"),
            "error(ECONNREFUSED) close(true) written(ERR_SOCKET_CLOSED_BEFORE_CONNECTION)");
}

// --- As fast as the slower ---

TEST_F(TlsServerTest, ALargeTransferToASlowReaderStaysBounded) {
  constexpr std::size_t kSize = std::size_t{32} << 20;
  std::size_t longest = 0;
  serve({}, [&](Socket& socket) {
    auto left = std::make_shared<std::size_t>(kSize);
    const auto write = [&socket, &longest, left] {
      static const std::string kText(64 << 10, 'x');
      while (*left > 0) {
        *left -= kText.size();
        const bool more = socket.write(Buffer::literal(kText));
        longest = std::max(longest, socket.writable_length());
        if (!more) return;
      }
      socket.end();
    };
    socket.on<Drain>(write);
    write();
  });
  auto c = tls::connect(loop,
                        {.port = port, .host = "127.0.0.1", .context = {.ca = {authority.cert()}}});
  std::size_t size = 0;
  c->on<Data>([&](const Data& data) {
    size += data.chunk.size();
    c->pause();
    EXPECT_LE(c->readable_length(), std::size_t{64} << 10);
    loop.set_immediate([&] { c->resume(); });
  });
  loop.run();
  EXPECT_EQ(size, kSize);
  EXPECT_LE(longest, std::size_t{128} << 10);
}

TEST_F(TlsServerTest, AListenerThatThrowsLosesNoData) {
  survive();
  serve({}, [this](Socket& socket) {
    read(socket, "s");
    socket.once<Data>([] { throw std::runtime_error("listener"); });
  });
  auto c = client();
  c->prepend_once<SecureConnect>([] { throw std::runtime_error("listener"); });
  c->write(std::string(100'000, 'x'));
  c->end("y");
  loop.run();
  EXPECT_EQ(received["s"].size(), 100'001u);
  EXPECT_TRUE(c->closed());
}

TEST_F(TlsServerTest, AConnectionWhoseListenerThrowsIsClosed) {
  survive();
  serve({});
  server->once<net::ConnectionEvent>([] { throw std::runtime_error("listener"); });
  auto c = client();
  EXPECT_EQ(log_of("c"), "connect ready error(ECONNRESET) close(true)");
  EXPECT_EQ(log.take(), "!");
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(TlsServerTest, ASessionListenerThatThrowsHoldsUpNoWrite) {
  survive();
  serve({.context = {.max_version = Version::tls1_2}}, [this](Socket& socket) {
    read(socket, "s");
    socket.on<End>([&socket] { socket.end(); });
  });
  auto c = client();
  c->on<SessionEvent>([] { throw std::runtime_error("listener"); });
  c->end("hello");
  loop.run();
  EXPECT_EQ(log.take(), "!");
  EXPECT_EQ(received["s"], "hello");
}

TEST_F(TlsServerTest, ALoopThatIsDestroyedEarlyReleasesEverything) {
  serve({}, [](Socket& socket) { socket.write("never read to the end"); });
  auto c = client();
  c->on<SecureConnect>([&] { loop.stop(); });
  loop.run();
  EXPECT_TRUE(c->authorized());
}

TEST_F(TlsServerTest, AServerThatIsNotKeptServesUntilItIsClosed) {
  serve({}, [](Socket& socket) { socket.end("hello"); });
  Server* const unkept = server.get();
  server = nullptr;
  unkept->on<net::ConnectionEvent>([unkept](const net::ConnectionEvent& event) {
    event.socket->once<Close>([unkept] { unkept->close(); });
  });
  client();
  loop.run();
  EXPECT_EQ(received["c"], "hello");
}

}  // namespace
}  // namespace weir::tls
