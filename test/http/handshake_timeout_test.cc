// Requests to a server that never completes its TLS handshake.
#include "support/loop_test.h"
#include <weir/http/agent.h>
#include <weir/http/request.h>
#include <weir/loop/stepped_clock.h>
#include <weir/net/server.h>

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace weir::http {
namespace {

using std::chrono_literals::operator""s;

class HandshakeTimeoutTest : public test::LoopTest {
 protected:
  HandshakeTimeoutTest() {
    server = net::create_server(loop, [this](net::Socket& socket) {
      socket.on<Error>([] {});
      socket.once<Data>([this] { is_asked = true; });
      server->close();
    });
    server->listen(0, "127.0.0.1");
  }
  // A request that the server leaves unanswered; its error is logged.
  void ask(Ref<Agent> agent) {
    auto asked = get(
        loop, {.port = server->address()->port, .host = "127.0.0.1", .agent = std::move(agent)});
    asked->on<Error>([this](const Error& error) { log.add("error", error); });
    asked->on<Close>(says("close"));
    while (!is_asked) loop.poll();
  }

  SteppedClock clock{loop};
  Ref<net::Server> server;
  bool is_asked = false;  // with a ClientHello
};

TEST_F(HandshakeTimeoutTest, ARequestFailsAfterTwoMinutes) {
  ask(make_https_agent(loop));
  clock.pass(119s);
  EXPECT_EQ(log.take(), "");
  clock.pass(1s);
  EXPECT_EQ(after_run(), "error(ERR_TLS_HANDSHAKE_TIMEOUT) close");
}

TEST_F(HandshakeTimeoutTest, TheAgentMayHaveAnotherLimit) {
  ask(make_https_agent(loop, {}, {.handshake_timeout = 3s}));
  clock.pass(3s);
  EXPECT_EQ(after_run(), "error(ERR_TLS_HANDSHAKE_TIMEOUT) close");
}

}  // namespace
}  // namespace weir::http
