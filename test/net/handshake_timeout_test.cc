// A peer that does not complete the handshake is disconnected, at either end and for every kind of
// silence.
#include "support/tls_net_test.h"
#include <weir/loop/stepped_clock.h>

#include <chrono>
#include <functional>
#include <string>

#include <gtest/gtest.h>

namespace weir::tls {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""h;

// A handshake message that would be long.
const std::string kBeginning("\x16\x03\x03\x20\x00\x02\x00\x1f\xfc\x03\x03", 11);

// A kind of silence.
struct Silence {
  const char* name;
  std::string beginning;  // sent at once
  bool trickles;          // a byte more at times
};

class HandshakeTimeoutTest : public test::TlsNetTest {
 protected:
  void until(const std::function<bool()>& is_so) {
    while (!is_so()) loop.poll();
  }
  // Passes that time in steps; a trickling peer sends a byte in each.
  void wait(std::chrono::seconds time, net::Socket* trickling = nullptr) {
    for (; time > 0s; time -= 10s) {
      clock.pass(std::min<std::chrono::seconds>(time, 10s));
      if (trickling && trickling->writable()) trickling->write(std::string(1, '\0'));
      // Once for the byte to go, once for it to come.
      loop.poll();
      loop.poll();
    }
  }
  // A server that accepts a connection, sends `beginning`, and then is silent.
  void serve_silence(const std::string& beginning) {
    silent_server = net::create_server(loop, [this, beginning](net::Socket& socket) {
      silent = Ref<net::Socket>(&socket);
      socket.on<Error>([] {});
      socket.resume();
      if (!beginning.empty()) socket.write(beginning);
      silent_server->close();
    });
    silent_server->listen(0, "127.0.0.1");
    port = silent_server->address()->port;
  }

  SteppedClock clock{loop};
  Ref<net::Server> silent_server;
  Ref<net::Socket> silent;
};

class SilentPeerTest : public HandshakeTimeoutTest, public testing::WithParamInterface<Silence> {};

INSTANTIATE_TEST_SUITE_P(ThatSays, SilentPeerTest,
                         testing::Values(Silence{"nothing", "", false},
                                         Silence{"a_beginning", kBeginning, false},
                                         Silence{"a_byte_at_times", kBeginning, true}),
                         [](const auto& silence) { return silence.param.name; });

TEST_P(SilentPeerTest, IsGivenUpByAClientAfterTwoMinutes) {
  serve_silence(GetParam().beginning);
  auto c = client();
  c->write("never sent", logs["c"].callback("wcb"));
  Error why;
  c->on<Error>([&](const Error& error) { why = error; });
  until([&] { return silent && !c->connecting() && silent->bytes_read() > 0; });
  net::Socket* const trickling = GetParam().trickles ? silent.get() : nullptr;
  wait(119s, trickling);
  EXPECT_TRUE(c->secure_connecting());
  EXPECT_FALSE(c->destroyed());
  wait(1s, trickling);
  EXPECT_EQ(log_of("c"),
            "connect ready error(ERR_TLS_HANDSHAKE_TIMEOUT) wcb(ECANCELED) close(true)");
  EXPECT_EQ(why.message(), "TLS handshake timeout");
}

TEST_P(SilentPeerTest, IsGivenUpByAServerAfterTwoMinutes) {
  serve({});
  auto c = plain_client();
  c->on<Error>([] {});
  c->resume();
  if (!GetParam().beginning.empty()) c->write(GetParam().beginning);
  until([&] { return server->connections() == 1 && !c->connecting(); });
  net::Socket* const trickling = GetParam().trickles ? c.get() : nullptr;
  wait(119s, trickling);
  EXPECT_EQ(server->connections(), 1u);
  wait(1s, trickling);
  until([&] { return c->closed(); });
  EXPECT_EQ(log_of("server"), "tlsClientError(ERR_TLS_HANDSHAKE_TIMEOUT)");
}

TEST_F(HandshakeTimeoutTest, AnotherLimitIsAnOption) {
  serve_silence("");
  auto c = client({.handshake_timeout = 5s});
  until([&] { return silent && !c->connecting(); });
  wait(4s);
  EXPECT_FALSE(c->destroyed());
  wait(1s);
  EXPECT_EQ(log_of("c"), "connect ready error(ERR_TLS_HANDSHAKE_TIMEOUT) close(true)");
}

TEST_F(HandshakeTimeoutTest, WithoutALimitAClientWaitsForEver) {
  serve_silence("");
  auto c = client({.handshake_timeout = 0s});
  until([&] { return silent && !c->connecting(); });
  wait(24h);
  EXPECT_TRUE(c->secure_connecting());
  EXPECT_FALSE(c->destroyed());
  c->destroy();
  EXPECT_EQ(log_of("c"), "connect ready close(false)");
}

// The time to connect counts only for the connection's timeout; the handshake's limit begins
// afterwards.
TEST_F(HandshakeTimeoutTest, TheTimeThatConnectingTakesDoesNotCount) {
  serve({}, [](Socket& socket) { socket.end("hello"); });
  net::LookupDone found;
  auto c = client({.host = "name.test",
                   .lookup = [&](const std::string&, net::Family,
                                 net::LookupDone done) { found = std::move(done); },
                   .servername = "localhost"});
  until([&] { return static_cast<bool>(found); });
  wait(200s);
  EXPECT_TRUE(c->connecting());
  found({}, {net::Address{"127.0.0.1", net::Family::ipv4}});
  EXPECT_EQ(log_of("c"), "connect ready secureConnect end finish close(false)");
  EXPECT_EQ(received["c"], "hello");
}

TEST_F(HandshakeTimeoutTest, AHandshakeThatIsOverHasNoLimit) {
  Ref<Socket> peer;
  serve({}, [&](Socket& socket) {
    peer = Ref<Socket>(&socket);
    socket.resume();
  });
  auto c = client();
  until([&] { return peer && !c->secure_connecting(); });
  c->remove_all_listeners();  // the limit's own among them
  read(*c, "c");
  watch(*c, "c");
  wait(200s);
  peer->end("late");
  EXPECT_EQ(log_of("c"), "connect ready secureConnect end finish close(false)");
  EXPECT_EQ(received["c"], "late");
  EXPECT_EQ(client_error, Error());
}

}  // namespace
}  // namespace weir::tls
