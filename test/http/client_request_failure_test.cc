#include "support/http_client_test.h"
#include <weir/http/client_request.h>
#include <weir/loop/stepped_clock.h>

#include <chrono>
#include <stop_token>
#include <string>

namespace weir {
namespace {

using http::IncomingMessage;

class ClientRequestFailureTest : public test::HttpClientTest {};

// --- Failures ---

TEST_F(ClientRequestFailureTest, FailsWithoutAListeningServer) {
  serve({});
  stop_server();
  loop.run();
  const auto request = ask();
  request->end(log.callback("endcb"));
  EXPECT_EQ(after_close(), "socket error(ECONNREFUSED) endcb(ECONNREFUSED) close");
  EXPECT_EQ(request->errored().name(), "ECONNREFUSED");
}

TEST_F(ClientRequestFailureTest, FailsWhenTheServerHangsUp) {
  serve([](net::Socket& socket, std::string_view) { socket.destroy(); });
  const auto request = ask();
  request->on<Error>([](const Error& error) { EXPECT_EQ(error.message(), "socket hang up"); });
  request->end();
  EXPECT_EQ(after_close(), "socket prefinish finish error(ECONNRESET) close");
}

TEST_F(ClientRequestFailureTest, AnAnswerThatIsCutOffIsAborted) {
  serve([](net::Socket& socket, std::string_view) {
    socket.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab");
  });
  const auto request = ask({}, [this](IncomingMessage& response) {
    log.listen_to_data(response, "res.");
    response.on<Error>([&response](const Error& error) {
      EXPECT_EQ(error.message(), "aborted");
      EXPECT_FALSE(response.complete());
    });
  });
  request->end();
  EXPECT_EQ(after_close(),
            "socket prefinish finish response res.data(ab) res.aborted close "
            "res.error(ECONNRESET) res.close");
}

TEST_F(ClientRequestFailureTest, FailsWithTheParsersErrorWhereTheAnswerIsNoHttp) {
  answer_with("garbage\r\n\r\n");
  ask()->end();
  EXPECT_EQ(after_close(), "socket prefinish finish error(HPE_INVALID_CONSTANT) close");
}

// "aborted" would hide why.
TEST_F(ClientRequestFailureTest, ARefusedBodyFailsTheResponseWithTheParsersReason) {
  answer_with("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\nzz\r\n");
  std::string reason;
  const auto request = ask({}, [&](IncomingMessage& response) {
    response.on<Error>([&](const Error& error) { reason = error.message(); });
  });
  request->end();
  EXPECT_EQ(after_close(),
            "socket prefinish finish response error(HPE_INVALID_CHUNK_SIZE) res.aborted close "
            "res.error(HPE_INVALID_CHUNK_SIZE) res.close");
  EXPECT_EQ(reason, "Parse Error: Invalid character in chunk size");
}

TEST_F(ClientRequestFailureTest, FailsWhereTheHeadIsTooLarge) {
  answer_with("HTTP/1.1 200 OK\r\nX: " + std::string(200, 'x') + "\r\n\r\n");
  ask({.max_header_size = 100})->end();
  EXPECT_EQ(after_close(), "socket prefinish finish error(HPE_HEADER_OVERFLOW) close");
}

TEST_F(ClientRequestFailureTest, AnErrorWithoutAListenerIsThrown) {
  answer_with("garbage\r\n\r\n");
  const auto request = http::get(loop, to_server());
  bool closed = false;
  request->on<Close>([&] { closed = true; });
  EXPECT_EQ(test::thrown_by([&] { loop.run(); }).name(), "HPE_INVALID_CONSTANT");
  stop_server();
  loop.run();
  EXPECT_TRUE(closed);
}

TEST_F(ClientRequestFailureTest, AnExceptionOfAResponseListenerDoesNotStopTheExchange) {
  answer_with(kOk);
  survive();
  const auto request = ask({}, [](IncomingMessage& response) {
    response.resume();
    throw std::runtime_error("thrown");
  });
  request->end();
  EXPECT_EQ(after_close(), "socket prefinish finish ! close");
}

TEST_F(ClientRequestFailureTest, DestroyedBeforeItHasAConnectionItHangsUp) {
  answer_with(kOk);
  const auto request = ask();
  request->destroy();
  request->end();
  EXPECT_EQ(after_close(), "error(ECONNRESET) close");
  EXPECT_EQ(heard(), "");
}

TEST_F(ClientRequestFailureTest, DestroyedWithAnErrorItFailsWithThatAndItsResponseIsAborted) {
  serve([](net::Socket& socket, std::string_view) {
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab");
  });
  Ref<http::ClientRequest> request;
  request = ask({}, [&](IncomingMessage& response) {
    response.on<Data>([&](const Data&) { request->destroy(Error("mine")); });
  });
  request->end();
  EXPECT_EQ(after_close(),
            "socket prefinish finish response error(mine) res.aborted close "
            "res.error(ECONNRESET) res.close");
}

TEST_F(ClientRequestFailureTest, AResponseThatIsDestroyedEndsItsRequest) {
  keep_answering_with("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab");
  const auto request = ask({}, [&](IncomingMessage& response) {
    response.on<Data>([&response] { response.destroy(); });
  });
  request->end();
  EXPECT_EQ(after_close(), "socket prefinish finish response res.aborted close res.close");
}

TEST_F(ClientRequestFailureTest, AbortEmitsAbortAndHangsUp) {
  Ref<http::ClientRequest> request;
  serve([&](net::Socket&, std::string_view) { request->abort(); });
  request = ask();
  request->end();
  EXPECT_EQ(after_close(), "socket prefinish finish abort error(ECONNRESET) close");
  EXPECT_TRUE(request->aborted());
}

TEST_F(ClientRequestFailureTest, AStopEndsItWithAbortError) {
  std::stop_source stop;
  serve([&](net::Socket&, std::string_view) { stop.request_stop(); });
  ask({.signal = stop.get_token()})->end();
  EXPECT_EQ(after_close(), "socket prefinish finish error(ABORT_ERR) close");
}

TEST_F(ClientRequestFailureTest, ATimeoutIsEmittedWithoutClosingTheRequest) {
  SteppedClock clock(loop);
  serve({});
  const auto request = ask({.timeout = std::chrono::seconds(5)});
  request->on<http::TimeoutEvent>([&] {
    EXPECT_FALSE(request->destroyed());
    request->destroy();
  });
  request->end();
  while (heard().empty()) loop.poll();
  clock.pass(std::chrono::milliseconds(4999));
  EXPECT_EQ(log.take(), "socket prefinish finish");
  clock.pass(std::chrono::milliseconds(1));
  EXPECT_EQ(after_close(), "timeout error(ECONNRESET) close");
}

TEST_F(ClientRequestFailureTest, AWriteAfterTheEndIsAnErrorAndTheExchangeContinues) {
  answer_with(kOk);
  const auto request = ask({.method = "POST"});
  request->end("a");
  EXPECT_FALSE(request->write("b", log.callback("wcb")));
  EXPECT_EQ(after_close(),
            "socket wcb(ERR_STREAM_WRITE_AFTER_END) error(ERR_STREAM_WRITE_AFTER_END) prefinish "
            "finish response res.end res.close close");
}

TEST_F(ClientRequestFailureTest, EveryWriteIsCalledBackAfterAReset) {
  serve([](net::Socket& socket, std::string_view) { socket.reset_and_destroy(); });
  const auto request = ask({.method = "POST"});
  int called = 0;
  for (int i = 0; i < 200; ++i)
    request->write(std::string(100'000, 'x'), [&](const Error&) { ++called; });
  request->on<Error>([](const Error&) {});
  loop.run();
  EXPECT_EQ(called, 200);
  EXPECT_TRUE(request->destroyed());
}

TEST_F(ClientRequestFailureTest, RefusesInvalidRequests) {
  serve({});
  const auto refused = [&](http::RequestOptions options) {
    return std::string(
        test::thrown_by([&] { http::request(loop, to_server(std::move(options))); }).what());
  };
  EXPECT_EQ(refused({.path = "/a b"}),
            "TypeError [ERR_UNESCAPED_CHARACTERS]: Request path contains unescaped characters");
  EXPECT_EQ(refused({.method = "G T"}),
            "TypeError [ERR_INVALID_HTTP_TOKEN]: Method must be a valid HTTP token [\"G T\"]");
  EXPECT_EQ(
      refused({.protocol = "ftp:"}),
      "TypeError [ERR_INVALID_PROTOCOL]: Protocol \"ftp:\" not supported. Expected \"http:\"");
  EXPECT_EQ(refused({.headers = {{"a b", "1"}}}),
            "TypeError [ERR_INVALID_HTTP_TOKEN]: Header name must be a valid HTTP token [\"a b\"]");
  EXPECT_EQ(test::thrown_by([&] {
              http::request(loop, {.port = 65536, .host = "127.0.0.1", .own_agent = true});
            }).name(),
            "ERR_SOCKET_BAD_PORT");
}
}  // namespace
}  // namespace weir
