#include "support/certificates.h"
#include "support/http_test.h"
#include <weir/http/request.h>
#include <weir/http/server.h>
#include <weir/net/tls_connect.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

namespace weir {
namespace {

class HttpsServerTest : public test::HttpTest {
 protected:
  void serve_securely(tls::ServerOptions secure = {}, const http::ServerOptions& options = {}) {
    secure.context.key = identity.key;
    secure.context.cert = identity.cert;
    server = http::create_https_server(
        loop, std::move(secure), options,
        [this](http::IncomingMessage& request, http::ServerResponse& response) {
          EXPECT_TRUE(request.connection().encrypted());
          log.add(request.url());
          request.pipe(Ref<http::ServerResponse>(&response));
        });
    server->on<http::ClientError>([this](const http::ClientError& event) {
      log.add("clientError", event.error);
      event.connection.destroy();
    });
    server->on<Close>([this] { log.add("close"); });
    server->listen(0, "127.0.0.1");
  }

  // The server's response to `words`, until the connection ends.
  std::string talk(std::string_view words, tls::ConnectOptions options = {}) {
    options.port = server->address()->port;
    options.host = "127.0.0.1";
    options.context.ca = {authority.cert()};
    const auto client = tls::connect(loop, std::move(options));
    std::string heard;
    client->on<Data>([&heard](const Data& data) { heard += data.chunk.text(); });
    client->on<Error>([this](const Error& error) { log.add("client", error); });
    client->write(words);
    run_until([&] { return client->closed(); });
    protocol = client->alpn_protocol();
    return masked(heard);
  }

  test::Authority authority;
  test::Identity identity = authority.issue();
  std::string protocol;  // that was agreed on
};

TEST_F(HttpsServerTest, AnswersOverTls) {
  serve_securely();
  EXPECT_EQ(
      talk("POST /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"),
      kClosing + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
  EXPECT_EQ(log.take(), "/a");
  EXPECT_NE(server->tls(), nullptr);
}

TEST_F(HttpsServerTest, AgreesOnHttp) {
  serve_securely();
  talk(get("/"), {.alpn_protocols = {"h2", "http/1.1"}});
  EXPECT_EQ(protocol, "http/1.1");
  server->close();
  serve_securely({.alpn_protocols = {"other"}});
  talk(get("/"), {.alpn_protocols = {"other"}});
  EXPECT_EQ(protocol, "other");
}

TEST_F(HttpsServerTest, AnInvalidRequestIsAnsweredOverTls) {
  server = http::create_https_server(
      loop, {.context = {.key = identity.key, .cert = identity.cert}}, [](auto&, auto&) {});
  server->listen(0, "127.0.0.1");
  EXPECT_EQ(talk("nonsense\r\n\r\n"), "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
}

TEST_F(HttpsServerTest, AHandshakeThatFailsIsAClientError) {
  serve_securely();
  connect("GET / HTTP/1.1\r\n\r\n");
  run_until([this] { return clients.front()->closed; });
  EXPECT_EQ(log.take(), "clientError(ERR_SSL_HTTP_REQUEST)");
  EXPECT_EQ(clients.front()->heard.find("HTTP/1.1"), std::string::npos);
}

TEST_F(HttpsServerTest, ALargeAnswerReachesASlowReaderCompletely) {
  const std::string text(4 << 20, 'x');
  server = http::create_https_server(
      loop, {.context = {.key = identity.key, .cert = identity.cert}},
      [&text](auto&, http::ServerResponse& response) { response.end(text); });
  server->listen(0, "127.0.0.1");
  const auto agent = http::make_https_agent(
      loop, {}, {.secure_context = tls::create_secure_context({.ca = {authority.cert()}})});
  std::size_t received = 0;
  bool complete = false;
  http::get(
      loop, fmt::format("https://127.0.0.1:{}/", server->address()->port), {.agent = agent},
      [&](http::IncomingMessage& response) {
        response.on<Data>([&](const Data& data) {
          received += data.chunk.size();
          response.pause();
          loop.set_immediate([kept = Ref<http::IncomingMessage>(&response)] { kept->resume(); });
        });
        response.on<End>([&] { complete = response.complete(); });
      });
  run_until([&] { return complete; });
  EXPECT_EQ(received, text.size());
}

TEST_F(HttpsServerTest, CloseWaitsForHandshakes) {
  serve_securely();
  test::RawClient& silent = connect();
  run_until([this] { return server->tls()->connections() == 1; });
  server->close([this](const Error& error) { log.add("closed", error); });
  loop.poll();
  EXPECT_EQ(log.take(), "");
  silent.socket->destroy();
  run_until([this] { return !server->tls()->listening() && server->tls()->connections() == 0; });
  loop.poll();
  EXPECT_EQ(log.take(), "close closed clientError(ECONNRESET)");
}

TEST_F(HttpsServerTest, CloseClosesConnectionsThatWaitForARequest) {
  serve_securely();
  const auto agent = http::make_https_agent(
      loop, {.keep_alive = true},
      {.secure_context = tls::create_secure_context({.ca = {authority.cert()}})});
  bool over = false;
  http::get(loop, fmt::format("https://127.0.0.1:{}/", server->address()->port), {.agent = agent},
            [&](http::IncomingMessage& response) {
              response.resume();
              response.on<End>([&] { over = true; });
            });
  run_until([&] { return over && agent->free_sockets() == 1; });
  log.take();
  server->close();
  run_until([this] { return server->connections() == 0; });
  loop.run();
  EXPECT_EQ(log.take(), "close");
}

TEST_F(HttpsServerTest, OneWithoutAKeyIsRefusedWhenItIsMade) {
  EXPECT_NE(test::thrown_by([&] {
              http::create_https_server(loop, {.context = {.cert = "nonsense"}},
                                        [](auto&, auto&) {});
            }).name(),
            "");
  EXPECT_EQ(test::thrown_by([&] {
              http::Server::make_secure(loop, {},
                                        {.headers_timeout = std::chrono::milliseconds(2),
                                         .request_timeout = std::chrono::milliseconds(1)});
            }).name(),
            "ERR_OUT_OF_RANGE");
}

TEST_F(HttpsServerTest, MayGoWithItsLoop) {
  serve_securely();
  connect("\x16\x03");
  run_until([this] { return server->tls()->connections() == 1; });
}

}  // namespace
}  // namespace weir
