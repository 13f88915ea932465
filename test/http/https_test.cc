#include "support/certificates.h"
#include "support/http_test.h"
#include <weir/http/request.h>
#include <weir/net/tls_connect.h>
#include <weir/net/tls_server.h>

#include <string>
#include <string_view>
#include <utility>

namespace weir {
namespace {

class HttpsTest : public test::HttpTest {
 protected:
  void SetUp() override {
    server = http::create_server(
        loop, [](http::IncomingMessage& request, http::ServerResponse& response) {
          response.end(request.connection().encrypted() ? request.url() : "in the clear");
        });
    const test::Identity identity = authority.issue();
    listener = tls::create_server(loop, {.context = {.key = identity.key, .cert = identity.cert}},
                                  [this](tls::Socket& socket) {
                                    if (!serves) return serves_not(socket);
                                    server->serve(Ref<net::Connection>(&socket));
                                  });
    listener->on<net::ConnectionEvent>(
        [this](const net::ConnectionEvent& event) { wire = event.socket; });
    listener->listen(0, "127.0.0.1");
  }
  // Sends `answer` and closes without close_notify.
  void serves_not(tls::Socket& socket) {
    socket.once<Data>(
        [this, &socket] { socket.write(answer, [this](const Error&) { wire->destroy(); }); });
  }
  // Closes without close_notify once there is a response.
  void ask_and_go(std::string_view request) {
    const auto below = net::connect(loop, listener->address()->port, "127.0.0.1");
    const auto client = tls::Socket::make(
        below, {.secure_context = tls::create_secure_context({.ca = {authority.cert()}})});
    client->write(request);
    client->once<Data>([below] { below->destroy(); });
    client->on<Error>([] {});
    run_until([&] { return client->closed() && listener->connections() == 0; });
  }
  Ref<http::Agent> agent_of_authority() {
    return http::make_https_agent(
        loop, {}, {.secure_context = tls::create_secure_context({.ca = {authority.cert()}})});
  }
  void TearDown() override {
    listener->close();
    HttpTest::TearDown();
  }

  Ref<http::ClientRequest> get(const std::string& path, const Ref<http::Agent>& agent) {
    const auto url = fmt::format("https://localhost:{}{}", listener->address()->port, path);
    const auto request = http::get(
        loop, url, {.agent = agent, .family = net::Family::ipv4},
        [this](http::IncomingMessage& response) {
          response.on<Data>([this](const Data& data) { log.add(data.chunk.text()); });
          response.on<End>([this] { log.add("end"); });
          response.on<Error>([this](const Error& error) { log.add("response error", error); });
        });
    request->on<Error>([this](const Error& error) { log.add("error", error); });
    request->on<Close>([this] {
      log.add("close");
      ++closed;
    });
    return request;
  }

  test::Authority authority;
  Ref<tls::Server> listener;
  Ref<net::Socket> wire;  // of the server's last connection
  bool serves = true;
  std::string answer;  // where it does not serve
  int closed = 0;
};

TEST_F(HttpsTest, RequestsShareAConnectionOverTls) {
  const auto agent = http::make_https_agent(
      loop, {.keep_alive = true},
      {.secure_context = tls::create_secure_context({.ca = {authority.cert()}})});
  get("/a", agent);
  run_until([this] { return closed == 1; });
  loop.poll();
  const auto second = get("/b", agent);
  run_until([this] { return closed == 2; });
  EXPECT_TRUE(second->reused_socket());
  EXPECT_EQ(log.take(), "/a end close /b end close");
}

TEST_F(HttpsTest, ALaterConnectionResumesTheSessionOfAnEarlierOne) {
  const auto trusting = tls::create_secure_context({.ca = {authority.cert()}});
  for (const std::size_t most : {0u, 1u}) {
    const auto agent =
        http::make_https_agent(loop, {}, {.secure_context = trusting, .max_cached_sessions = most});
    for (const bool is_first : {true, false}) {
      const auto request = get("/a", agent);
      request->on<http::ResponseEvent>([&](const http::ResponseEvent& event) {
        const auto& socket = dynamic_cast<tls::Socket&>(event.response.connection());
        EXPECT_EQ(socket.session_reused(), most > 0 && !is_first);
        EXPECT_TRUE(socket.authorized());
      });
      run_until([this] { return std::exchange(closed, 0) == 1; });
    }
    EXPECT_EQ(log.take(), "/a end close /a end close");
  }
}

TEST_F(HttpsTest, ARequestIsSentFromTheGivenAddress) {
  std::string from;
  listener->on<net::ConnectionEvent>([&from](const net::ConnectionEvent& event) {
    from = event.socket->remote_address()->address;
  });
  const auto url = fmt::format("https://localhost:{}/", listener->address()->port);
  const auto request = http::get(
      loop, url,
      {.agent = agent_of_authority(), .family = net::Family::ipv4, .local_address = "127.0.0.5"},
      [](http::IncomingMessage& response) { response.resume(); });
  request->on<Close>([this] { ++closed; });
  run_until([this] { return closed == 1; });
  EXPECT_EQ(from, "127.0.0.5");
}

TEST_F(HttpsTest, AServerWithoutATrustedIssuerIsRefused) {
  get("/", http::make_https_agent(loop));
  run_until([this] { return closed == 1; });
  EXPECT_EQ(log.take(), "error(UNABLE_TO_VERIFY_LEAF_SIGNATURE) close");
}

// Without TLS, the end of the connection is the end of such a response. With TLS, an attacker could
// have cut the connection.
TEST_F(HttpsTest, ACutAnswerThatOnlyTheEndDelimitsIsIncomplete) {
  serves = false;
  answer = "HTTP/1.1 200 OK\r\n\r\nhalf";
  get("/", agent_of_authority());
  run_until([this] { return closed == 1; });
  EXPECT_EQ(log.take(),
            "half error(ERR_SSL_UNEXPECTED_EOF_WHILE_READING) close response error(ECONNRESET)");
}

TEST_F(HttpsTest, AnAnswerWithALengthIsCompleteHoweverTheServerCloses) {
  serves = false;
  for (const std::string keeping : {"", "Connection: close\r\n"}) {
    answer = "HTTP/1.1 200 OK\r\n" + keeping + "Content-Length: 3\r\n\r\nall";
    get("/", agent_of_authority());
    run_until([this] { return std::exchange(closed, 0) == 1; });
    EXPECT_EQ(log.take(), "all end close");
  }
}

TEST_F(HttpsTest, AnAnswerShorterThanItsLengthIsIncomplete) {
  serves = false;
  answer = "HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nhalf";
  get("/", agent_of_authority());
  run_until([this] { return closed == 1; });
  EXPECT_EQ(log.take(),
            "half error(ERR_SSL_UNEXPECTED_EOF_WHILE_READING) close response error(ECONNRESET)");
}

TEST_F(HttpsTest, AClientThatClosesWithoutCloseNotifyIsNoErrorOfTheServer) {
  server->on<http::ClientError>(
      [this](const http::ClientError& event) { log.add("clientError", event.error); });
  ask_and_go("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(log.take(), "");
  ask_and_go("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf");
  EXPECT_EQ(log.take(), "clientError(HPE_INVALID_EOF_STATE)");
}

TEST_F(HttpsTest, TheLoopsOwnAgentsAreForOneProtocolEach) {
  EXPECT_EQ(http::global_https_agent(loop)->protocol(), "https:");
  EXPECT_EQ(http::global_agent(loop)->protocol(), "http:");
  EXPECT_EQ(test::thrown_by([&] {
              http::get(loop, "https://h/", {.agent = http::global_agent(loop)});
            }).name(),
            "ERR_INVALID_PROTOCOL");
}

}  // namespace
}  // namespace weir
