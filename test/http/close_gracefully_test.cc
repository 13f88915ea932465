// Server::close_gracefully waits only for pending responses, and only for a limited time.
#include "support/certificates.h"
#include "support/http_test.h"
#include <weir/net/tls_connect.h>

#include <chrono>
#include <string>

#include <gmock/gmock.h>

namespace weir::http {
namespace {

using std::chrono_literals::operator""s;

class CloseGracefullyTest : public test::HttpTest {
 protected:
  // Answers "/wait" when the test does, all other requests at once.
  void serve_some(const ServerOptions& options = {}) {
    serve(
        [this](IncomingMessage& request, ServerResponse& response) {
          ++requests;
          if (request.url() != "/wait") return static_cast<void>(response.end("now"));
          waiting.emplace_back(&response);
        },
        options);
  }
  void close() {
    server->close_gracefully(10s, [this](const Error& error) { log.add("closed", error); });
  }

  SteppedClock clock{loop};
  std::vector<Ref<ServerResponse>> waiting;
  int requests = 0;
};

struct Unanswered {
  const char* name;
  std::string said;
  int answers = 0;
};

const std::string kRequest = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

const Unanswered kUnanswered[] = {
    {"nothing", ""},
    {"half_of_a_request_line", "GET /he"},
    {"half_of_a_head", "GET / HTTP/1.1\r\nHost: x\r\nAccept"},
    {"a_request_that_was_answered", kRequest, 1},
    {"half_of_the_next_request", kRequest + "GET / HT", 1},
    {"half_of_an_upload_that_was_answered",
     "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf", 1},
};

class NoAnswerIsDueTest : public CloseGracefullyTest,
                          public testing::WithParamInterface<Unanswered> {};

INSTANTIATE_TEST_SUITE_P(After, NoAnswerIsDueTest, testing::ValuesIn(kUnanswered),
                         [](const auto& said) { return said.param.name; });

TEST_P(NoAnswerIsDueTest, ClosesAtOnce) {
  serve_some();
  const test::RawClient& client = connect(GetParam().said);
  run_until([&] { return server->connections() == 1 && requests == GetParam().answers; });
  if (GetParam().answers > 0)
    run_until([&] { return client.heard.find("now") != std::string::npos; });
  for (int turn = 0; turn < 20; ++turn) loop.poll();  // all messages have arrived
  close();
  EXPECT_EQ(after_run(), "closed");
  EXPECT_TRUE(client.closed);
  EXPECT_EQ(requests, GetParam().answers);
}

TEST_F(CloseGracefullyTest, WaitsForAResponseAndAnnouncesItAsTheLast) {
  serve_some();
  const test::RawClient& client = connect(keeping("/wait"));
  run_until([&] { return waiting.size() == 1; });
  close();
  for (int turn = 0; turn < 20; ++turn) loop.poll();
  EXPECT_FALSE(client.closed);
  EXPECT_EQ(log.take(), "");
  waiting[0]->end("late");
  EXPECT_EQ(after_run(), "closed");
  EXPECT_EQ(masked(client.heard), kClosing + "Content-Length: 4\r\n\r\nlate");
}

TEST_F(CloseGracefullyTest, ClosesAfterAnAnswerWhoseHeadWasSentBefore) {
  serve_some();
  const test::RawClient& client = connect(keeping("/wait"));
  run_until([&] { return waiting.size() == 1; });
  waiting[0]->write("be");
  run_until([&] { return client.heard.find("be") != std::string::npos; });
  close();
  waiting[0]->end("gun");
  EXPECT_EQ(after_run(), "closed");
  EXPECT_EQ(client.heard.substr(client.heard.find("\r\n\r\n")),
            "\r\n\r\n2\r\nbe\r\n3\r\ngun\r\n0\r\n\r\n");
}

TEST_F(CloseGracefullyTest, AnswersAllRequestsThatHaveComeAndNoneThatComesLater) {
  serve_some();
  test::RawClient& client = connect(keeping("/wait") + keeping("/wait"));
  run_until([&] { return waiting.size() == 2; });
  close();
  client.socket->write(kRequest + "GET / HT");
  for (int turn = 0; turn < 20; ++turn) loop.poll();
  waiting[1]->end("two");
  waiting[0]->end("one");
  EXPECT_EQ(after_run(), "closed");
  EXPECT_EQ(requests, 2);
  EXPECT_EQ(masked(client.heard),
            kKeeping + "Content-Length: 3\r\n\r\none" + kClosing + "Content-Length: 3\r\n\r\ntwo");
}

TEST_F(CloseGracefullyTest, DestroysRemainingConnectionsAfterTheGrace) {
  serve_some();
  const test::RawClient& client = connect(keeping("/wait"));
  run_until([&] { return waiting.size() == 1; });
  watch(waiting[0]->request(), *waiting[0]);
  close();
  clock.pass(9s);
  EXPECT_FALSE(client.closed);
  clock.pass(1s);
  EXPECT_EQ(after_run(), "q.aborted r.close closed q.error(ECONNRESET) q.close");
  EXPECT_TRUE(client.closed);
}

// --- Upgraded connections ---

class UpgradedTest : public CloseGracefullyTest {
 protected:
  // Its Upgrade listener keeps the connection.
  void serve_upgrades() {
    serve_some();
    take_upgrades();
  }
  void serve_secure_upgrades() {
    const test::Authority authority;
    const test::Identity identity = authority.issue();
    server = create_https_server(loop, {.context = {.key = identity.key, .cert = identity.cert}},
                                 [](auto&, auto& response) { response.end("now"); });
    take_upgrades();
    server->listen(0, "127.0.0.1");
  }
  void take_upgrades() {
    server->on<Upgrade>([this](const Upgrade& event) {
      event.connection.write("HTTP/1.1 101 X\r\n\r\n");
      event.connection.resume();
      upgraded = Ref<net::Connection>(&event.connection);
    });
  }
  static std::string upgrade() { return keeping("/u", "Connection: upgrade\r\nUpgrade: x\r\n"); }
  test::RawClient& connect_upgraded() {
    test::RawClient& client = connect(upgrade());
    run_until([&client] { return client.heard.ends_with("\r\n\r\n"); });
    return client;
  }

  Ref<net::Connection> upgraded;
};

TEST_F(UpgradedTest, AnUpgradedConnectionIsDestroyedAfterTheGrace) {
  serve_upgrades();
  const test::RawClient& client = connect_upgraded();
  close();
  clock.pass(9s);
  for (int turn = 0; turn < 20; ++turn) loop.poll();
  EXPECT_FALSE(client.closed);
  EXPECT_EQ(log.take(), "");
  clock.pass(1s);
  EXPECT_EQ(after_run(), "closed");
  EXPECT_TRUE(client.closed);
}

TEST_F(UpgradedTest, AnUpgradedConnectionOfTlsIsDestroyedAfterTheGrace) {
  serve_secure_upgrades();
  const auto client = tls::connect(
      loop, {.port = server->address()->port, .host = "127.0.0.1", .reject_unauthorized = false});
  client->on<Close>([this] { log.add("client.close"); });
  client->on<Error>([](const Error&) {});
  client->resume();
  client->write(upgrade());
  run_until([&] { return upgraded; });
  close();
  clock.pass(9s);
  for (int turn = 0; turn < 20; ++turn) loop.poll();
  EXPECT_EQ(log.take(), "");
  clock.pass(1s);
  EXPECT_THAT(after_run(), testing::AnyOf("closed client.close", "client.close closed"));
}

TEST_F(UpgradedTest, TheEndOfAnUpgradedConnectionEndsTheServerBeforeTheGrace) {
  serve_upgrades();
  connect_upgraded();
  close();
  upgraded->destroy();
  EXPECT_EQ(after_run(), "closed");
}

TEST_F(UpgradedTest, TheEndOfAnotherConnectionDoesNot) {
  serve_upgrades();
  connect_upgraded();
  connect(get("/wait"));
  run_until([&] { return waiting.size() == 1; });
  server->close(says("closed"));
  waiting[0]->end("late");
  run_until([&] { return server->connections() == 0; });
  for (int turn = 0; turn < 20; ++turn) loop.poll();
  EXPECT_EQ(log.take(), "");
  upgraded->destroy();
  EXPECT_EQ(after_run(), "closed");
}

TEST_F(CloseGracefullyTest, MayFollowAClose) {
  serve_some();
  connect("GET /he");
  run_until([&] { return server->connections() == 1; });
  server->close(says("close"));
  loop.poll();
  close();
  EXPECT_EQ(after_run(), "close closed(ERR_SERVER_NOT_RUNNING)");
}

TEST_F(CloseGracefullyTest, OfAServerThatHasNoConnectionLeavesNoTimer) {
  serve_some();
  loop.poll();
  close();
  EXPECT_EQ(after_run(), "closed");  // which would not return before the time that it left
}

TEST_F(CloseGracefullyTest, OfAServerThatNeverListenedIsAnError) {
  server = create_server(loop, [](auto&, auto&) {});
  close();
  EXPECT_EQ(after_run(), "closed(ERR_SERVER_NOT_RUNNING)");
}

TEST_F(CloseGracefullyTest, AHandshakeIsNotWaitedFor) {
  const test::Authority authority;
  const test::Identity identity = authority.issue();
  server = create_https_server(loop, {.context = {.key = identity.key, .cert = identity.cert}},
                               [](auto&, auto&) {});
  server->on<ClientError>([this](const ClientError& event) { log.add("refused", event.error); });
  server->listen(0, "127.0.0.1");
  for (const char* said : {"", "\x16\x03\x01"}) {
    const test::RawClient& client = connect(said);
    run_until([&] {
      return server->tls()->connections() == clients.size() && !client.socket->connecting();
    });
  }
  close();
  EXPECT_EQ(after_run(), "closed refused(ECONNRESET) refused(ECONNRESET)");
  for (const auto& client : clients) EXPECT_TRUE(client->closed);
}

}  // namespace
}  // namespace weir::http
