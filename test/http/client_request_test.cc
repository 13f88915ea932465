#include <weir/http/client_request.h>

#include "support/http_client_test.h"

#include <optional>
#include <string>

#include <unistd.h>

namespace weir {
namespace {

using http::IncomingMessage;
using http::ResponseEvent;

class ClientRequestTest : public test::HttpClientTest {
 protected:
  static constexpr std::string_view kGet =
      "GET / HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n";
};

// --- A request and its answer ---

TEST_F(ClientRequestTest, IsClosedWhenItsAnswerWasReadAndTheConnectionIsClosed) {
  answer_with(kOk);
  const auto request = ask({}, [this](IncomingMessage& response) {
    EXPECT_EQ(response.status_code(), 200);
    EXPECT_EQ(response.status_message(), "OK");
    EXPECT_EQ(response.http_version(), "1.1");
    EXPECT_EQ(response.headers().get("content-length"), "2");
    log.listen_to_data(response, "res.");
  });
  request->end(log.callback("endcb"));
  EXPECT_EQ(after_close(),
            "socket prefinish endcb finish response res.data(hi) res.end res.close close");
  EXPECT_EQ(heard(), kGet);
  EXPECT_TRUE(request->destroyed());
  EXPECT_FALSE(request->errored());
}

TEST_F(ClientRequestTest, AResponseWithoutAListenerIsDropped) {
  answer_with(kOk);
  const auto request = http::get(loop, to_server());
  bool closed = false;
  request->on<Close>([&] {
    closed = true;
    stop_server();
  });
  loop.run();
  EXPECT_TRUE(closed);
}

TEST_F(ClientRequestTest, ABodyWithoutALengthIsCompleteWhenTheServerEnds) {
  serve([this](net::Socket& socket, std::string_view) {
    socket.write("HTTP/1.1 200 OK\r\n\r\nabc");
    loop.set_immediate([&socket] { socket.end("def"); });
  });
  std::string body;
  const auto request = ask({}, [&](IncomingMessage& response) {
    response.on<Data>([&](const Data& data) { body += data.chunk.text(); });
    response.on<End>([&] { EXPECT_TRUE(response.complete()); });
  });
  request->end();
  EXPECT_EQ(after_close(), "socket prefinish finish response res.end res.close close");
  EXPECT_EQ(body, "abcdef");
}

TEST_F(ClientRequestTest, ChunksArriveAsABodyWithTrailersAfterIt) {
  answer_with(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n"
      "Checksum: 7\r\n\r\n");
  std::string body;
  const auto request = ask({}, [&](IncomingMessage& response) {
    response.on<Data>([&](const Data& data) { body += data.chunk.text(); });
    response.on<End>([&] { EXPECT_EQ(response.trailers().get("checksum"), "7"); });
  });
  request->end();
  EXPECT_EQ(after_close(), "socket prefinish finish response res.end res.close close");
  EXPECT_EQ(body, "abcde");
}

TEST_F(ClientRequestTest, NeitherTheAnswerToHeadNorNotModifiedHasABody) {
  const auto closing = "Content-Length: 5\r\nConnection: close\r\n\r\n";
  answer_with(fmt::format("HTTP/1.1 200 OK\r\n{}", closing));
  ask({.method = "head"})->end();
  EXPECT_EQ(after_close(), "socket prefinish finish response res.end res.close close");
  EXPECT_EQ(heard(), "HEAD / HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n");
  answer_with(fmt::format("HTTP/1.1 304 Not Modified\r\n{}", closing));
  ask()->end();
  EXPECT_EQ(after_close(), "socket prefinish finish response res.end res.close close");
}

TEST_F(ClientRequestTest, AResponseThatIsNotReadHoldsTheServerBack) {
  static constexpr std::size_t kSize = 64 << 20;
  serve([](net::Socket& socket, std::string_view) {
    socket.write(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", kSize));
    socket.end(Buffer::copy(std::string(kSize, 'x')));
  });
  reads = false;
  Ref<IncomingMessage> held;
  const auto request =
      ask({}, [&](IncomingMessage& response) { held = Ref<IncomingMessage>(&response); });
  request->end();
  while (!held) loop.poll();
  for (int turn = 0; turn < 1000; ++turn) loop.poll();
  EXPECT_LT(held->readable_length(), 1u << 20);
  EXPECT_LT(held->connection().bytes_read(), 1u << 20);
  std::size_t size = 0;
  held->on<Data>([&](const Data& data) { size += data.chunk.size(); });
  EXPECT_EQ(after_close(), "socket prefinish finish response res.end res.close close");
  EXPECT_EQ(size, kSize);
}

// --- The request's head and body ---

TEST_F(ClientRequestTest, WritesBeforeTheConnectionWaitForIt) {
  answer_with(kOk);
  const auto request = ask({.method = "POST"});
  EXPECT_TRUE(request->write("ab", log.callback("wcb")));
  EXPECT_EQ(request->writable_length(), 2u);
  EXPECT_TRUE(request->headers_sent());
  request->end("c", log.callback("endcb"));
  EXPECT_EQ(after_close(), "socket wcb prefinish endcb finish response res.end res.close close");
  EXPECT_EQ(heard(),
            "POST / HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"
            "\r\n3\r\nabc\r\n0\r\n\r\n");
}

TEST_F(ClientRequestTest, SendsNoDefaultHeadersIfTheyAreDisabled) {
  answer_with(kOk);
  ask({.headers = {{"A", "b"}}, .set_default_headers = false})->end();
  loop.run();
  EXPECT_EQ(heard(), "GET / HTTP/1.1\r\nA: b\r\n\r\n");
}

TEST_F(ClientRequestTest, SendsAHostLineWhereThatAloneIsAskedFor) {
  answer_with(kOk);
  ask({.set_host = true, .set_default_headers = false})->end();
  loop.run();
  EXPECT_EQ(heard(), "GET / HTTP/1.1\r\nHost: HOST\r\n\r\n");
}

TEST_F(ClientRequestTest, SendsLinesThatAreGivenWhereItAddsNone) {
  answer_with(kOk);
  ask({.method = "POST",
       .headers = {{"Content-Length", "3"}, {"Connection", "close"}},
       .set_default_headers = false})
      ->end("abc");
  loop.run();
  EXPECT_EQ(heard(), "POST / HTTP/1.1\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc");
}

TEST_F(ClientRequestTest, ALengthThatIsSetIsKept) {
  answer_with(kOk);
  const auto request = ask({.method = "POST", .headers = {{"Content-Length", "3"}}});
  request->write("ab");
  request->end("c");
  loop.run();
  EXPECT_EQ(heard(),
            "POST / HTTP/1.1\r\nContent-Length: 3\r\nHost: HOST\r\nConnection: close\r\n\r\nabc");
}

TEST_F(ClientRequestTest, ABodyPassedToEndHasAContentLength) {
  answer_with(kOk);
  ask({.method = "POST"})->end("abc");
  loop.run();
  EXPECT_EQ(heard(),
            "POST / HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc");
}

TEST_F(ClientRequestTest, FlushHeadersSendsTheHeadAlone) {
  const std::string head =
      "POST / HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
  Ref<http::ClientRequest> request;
  std::string at_first;
  serve([&](net::Socket& socket, std::string_view piece) {
    if (!piece.ends_with("0\r\n\r\n")) {
      at_first = heard();
      request->end("x");
    } else {
      socket.end(kOk);
    }
  });
  request = ask({.method = "POST"});
  request->flush_headers();
  EXPECT_EQ(after_close(), "socket prefinish finish response res.end res.close close");
  EXPECT_EQ(at_first, head);
  EXPECT_EQ(heard(), "1\r\nx\r\n0\r\n\r\n");
}

TEST_F(ClientRequestTest, HostAuthorizationAndTheCallersHeadersAreSent) {
  answer_with(kOk);
  ask({.method = "get",
       .path = "/a?b=c",
       .headers = {{"Accept", "text/html"}, {"X", "1"}, {"X", "2"}},
       .auth = "user:pass"})
      ->end();
  loop.run();
  EXPECT_EQ(heard(),
            "GET /a?b=c HTTP/1.1\r\nAccept: text/html\r\nX: 1\r\nX: 2\r\nHost: HOST\r\n"
            "Authorization: Basic dXNlcjpwYXNz\r\nConnection: close\r\n\r\n");
  answer_with(kOk);
  ask({.headers = {{"host", "other"}}})->end();
  loop.run();
  EXPECT_EQ(heard(), "GET / HTTP/1.1\r\nhost: other\r\nConnection: close\r\n\r\n");
  answer_with(kOk);
  ask({.set_host = false})->end();
  loop.run();
  EXPECT_EQ(heard(), "GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
}

TEST_F(ClientRequestTest, SeveralCookiesAreOneLineLikeUniqueHeaders) {
  answer_with(kOk);
  ask({.headers = {{"Cookie", "a=1"}, {"X", "1"}, {"cookie", "b=2"}, {"x", "2"}, {"Y", "3"}},
       .unique_headers = {"x"}})
      ->end();
  loop.run();
  EXPECT_EQ(heard(),
            "GET / HTTP/1.1\r\nCookie: a=1; b=2\r\nX: 1; 2\r\nY: 3\r\nHost: HOST\r\n"
            "Connection: close\r\n\r\n");
}

TEST_F(ClientRequestTest, AnAnswerThatNeedNotBeSecureMayBeSloppy) {
  for (const bool insecure : {false, true}) {
    answer_with("HTTP/1.1 200 OK\nContent-Length: 2\nConnection: close\n\nhi");
    ask({.insecure_http_parser = insecure})->end();
    EXPECT_EQ(after_close(), insecure ? "socket prefinish finish response res.end res.close close"
                                      : "socket prefinish finish error(HPE_CR_EXPECTED) close");
  }
}

TEST_F(ClientRequestTest, ARequestIsSentFromTheGivenAddressAndPort) {
  serve([](net::Socket& socket, std::string_view) {
    EXPECT_EQ(socket.remote_address()->address, "127.0.0.5");
    socket.end(kOk);
  });
  ask({.local_address = "127.0.0.5"})->end();
  after_close();
  EXPECT_EQ(test::thrown_by([&] { ask({.local_port = 70'000})->end(); }).name(),
            "ERR_SOCKET_BAD_PORT");
}

TEST_F(ClientRequestTest, DrainsWhenTheConnectionHasTakenItsWrites) {
  serve({});
  const auto request = ask({.method = "POST"});
  EXPECT_FALSE(request->write(std::string(20000, 'x')));
  EXPECT_EQ(request->writable_length(), 20000u);
  EXPECT_TRUE(request->writable_need_drain());
  request->on<Drain>([&] {
    EXPECT_EQ(request->writable_length(), 0u);
    request->destroy();
  });
  EXPECT_EQ(after_close(), "socket drain error(ECONNRESET) close");
}

TEST_F(ClientRequestTest, WorksOverAUnixSocket) {
  const std::string path = testing::TempDir() + "weir-client.sock";
  ::unlink(path.c_str());
  const auto unix_server = net::create_server(loop, [&](net::Socket& socket) {
    socket.on<Data>([&](const Data& data) {
      EXPECT_EQ(data.chunk.text(),
                "GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
      socket.end(kOk);
    });
  });
  unix_server->listen({.path = path});
  const auto request =
      http::get(loop, {.path = "/x", .socket_path = path, .own_agent = true},
                [this](IncomingMessage& response) { log.listen_to_data(response); });
  request->on<Close>([&] { unix_server->close(); });
  EXPECT_EQ(after_run(), "data(hi)");
}

// --- Interim responses ---

TEST_F(ClientRequestTest, WaitsForContinueBeforeItSendsABody) {
  serve([&](net::Socket& socket, std::string_view piece) {
    if (piece.find("Expect") != piece.npos)
      socket.write("HTTP/1.1 100 Continue\r\n\r\n");
    else
      socket.end(kOk);
  });
  const auto request =
      ask({.method = "POST", .headers = {{"Expect", "100-continue"}, {"Content-Length", "2"}}});
  request->on<http::Continue>([&] { request->end("ok"); });
  EXPECT_EQ(after_close(),
            "socket continue information(100) prefinish finish response res.end res.close close");
  EXPECT_EQ(heard(),
            "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\nHost: HOST\r\n"
            "Connection: close\r\n\r\nok");
}

TEST_F(ClientRequestTest, ReportsInterimResponses) {
  answer_with("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + kOk);
  const auto request = ask();
  request->once<http::Information>([](const http::Information& event) {
    EXPECT_EQ(event.status_message, "Early Hints");
    EXPECT_EQ(event.headers.get("link"), "x");
    EXPECT_EQ(event.http_version_minor, 1);
  });
  request->end();
  EXPECT_EQ(after_close(),
            "socket prefinish finish information(103) information(102) response res.end res.close "
            "close");
}

TEST_F(ClientRequestTest, HandsTheConnectionOverWhenTheServerSwitchesProtocols) {
  serve([](net::Socket& socket, std::string_view piece) {
    if (piece == "ping")
      socket.end("pong");
    else
      socket.write(
          "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nfirst");
  });
  const auto request = ask({.headers = {{"Connection", "Upgrade"}, {"Upgrade", "x"}}});
  request->on<http::Upgraded>([&](const http::Upgraded& event) {
    log.add(fmt::format("upgrade({},{})", event.response.status_code(), event.head.text()));
    const Ref<net::Connection> kept(&event.connection);
    kept->on<Data>([this](const Data& data) {
      log.add(std::string(data.chunk.text()));
      stop_server();
    });
    kept->write("ping");
  });
  request->end();
  stops_server = false;
  EXPECT_EQ(after_run(), "socket prefinish finish upgrade(101,first) close pong");
}

TEST_F(ClientRequestTest, HandsTheConnectionOverThatConnectAskedFor) {
  serve([](net::Socket& socket, std::string_view) {
    socket.end("HTTP/1.1 200 Connection established\r\n\r\nhello");
  });
  const auto request = ask({.method = "CONNECT", .path = "example.org:443"});
  request->on<http::Connected>([&](const http::Connected& event) {
    log.add(fmt::format("connect({})", event.head.text()));
    event.connection.resume();
    event.connection.end();
  });
  request->end();
  EXPECT_EQ(after_close(), "socket prefinish finish connect(hello) close");
  EXPECT_TRUE(heard().starts_with("CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n"))
      << heard();
}

TEST_F(ClientRequestTest, TheTargetOfConnectMayBeInTheUrl) {
  serve([](net::Socket& socket, std::string_view) { socket.end("HTTP/1.1 200 OK\r\n\r\n"); });
  const auto request = http::request(loop, fmt::format("http://127.0.0.1:{}/example.org:443", port),
                                     {.method = "CONNECT"});
  request->on<http::Connected>([&](const http::Connected& event) { event.connection.end(); });
  request->on<Close>([this] { stop_server(); });
  request->end();
  loop.run();
  EXPECT_TRUE(heard().starts_with("CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n"))
      << heard();
}

TEST_F(ClientRequestTest, AnUpgradeWithoutAListenerIsAnErrorAndEndsTheConnection) {
  serve([](net::Socket& socket, std::string_view) {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
  });
  ask({.headers = {{"Connection", "Upgrade"}, {"Upgrade", "x"}}})->end();
  EXPECT_EQ(after_close(), "socket prefinish finish error(ECONNRESET) close");
}

// --- Failures ---

TEST_F(ClientRequestTest, OneInProgressIsDestroyedWithTheLoop) {
  std::optional<Loop> short_lived(std::in_place);
  const auto silent = net::create_server(*short_lived);
  silent->listen(0, "127.0.0.1");
  const auto make = [&](http::RequestOptions options) {
    options.host = "127.0.0.1";
    options.port = silent->address()->port;
    return http::request(*short_lived, std::move(options));
  };
  const auto request = make({.method = "POST"});
  request->write("x");
  request->on<ResponseEvent>([request] {});
  const auto unsent = make({});
  for (int i = 0; i < 5; ++i) short_lived->poll();
  short_lived.reset();
}

}  // namespace
}  // namespace weir
