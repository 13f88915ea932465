#include "support/http_test.h"
#include <weir/http/server.h>

#include <string>

#include <gmock/gmock.h>

namespace weir::http {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
namespace {

class ServerRefusalTest : public test::HttpTest {
 protected:
  static inline const std::string kBadRequest =
      "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";

  static void answer_with_path(IncomingMessage& request, ServerResponse& response) {
    response.end(request.url());
  }
};

// --- Refused requests ---

TEST_F(ServerRefusalTest, RefusesInvalidHttp) {
  serve(answer_with_path);
  EXPECT_EQ(ask("GARBAGE\r\n\r\n"), kBadRequest);
}

TEST_F(ServerRefusalTest, RefusesBothLengths) {
  serve(answer_with_path);
  EXPECT_EQ(ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
                "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            kBadRequest);
}

TEST_F(ServerRefusalTest, RefusesAHeadThatIsTooLarge) {
  serve(answer_with_path);
  EXPECT_EQ(ask(get("/", "A: " + std::string(17'000, 'a') + "\r\n")),
            "HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n");
}

TEST_F(ServerRefusalTest, RefusesAHeadLargerThanTheLimit) {
  serve(answer_with_path, {.max_header_size = 100});
  EXPECT_EQ(ask(get("/", "A: " + std::string(101, 'a') + "\r\n")),
            "HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n");
}

TEST_F(ServerRefusalTest, RefusesChunkExtensionsThatAreTooLarge) {
  serve({});
  EXPECT_EQ(ask("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2;" +
                std::string(17'000, 'a') + "\r\nab\r\n0\r\n\r\n"),
            "HTTP/1.1 413 Payload Too Large\r\nConnection: close\r\n\r\n");
}

TEST_F(ServerRefusalTest, RefusesARequestWithoutItsHost) {
  serve(answer_with_path);
  EXPECT_EQ(ask("GET / HTTP/1.1\r\n\r\n"),
            "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nDate: X\r\n"
            "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
}

TEST_F(ServerRefusalTest, TakesARequestWithoutAHostWhereItNeedNotHaveOne) {
  serve(answer_with_path, {.require_host_header = false});
  EXPECT_EQ(ask("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"),
            kClosing + "Content-Length: 1\r\n\r\n/");
}

TEST_F(ServerRefusalTest, InvalidDataAfterAnAnsweredRequestLeavesTheAnswerComplete) {
  serve(answer_with_path);
  EXPECT_EQ(ask(keeping("/") + "GARBAGE\r\n\r\n").find(kKeeping + "Content-Length: 1\r\n\r\n/"),
            0u);
}

TEST_F(ServerRefusalTest, AnInvalidBodyDoesNotAffectTheResponse) {
  serve([](auto&, auto& response) { response.write("a"); });
  EXPECT_EQ(ask("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n"),
            kKeeping + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
}

TEST_F(ServerRefusalTest, AnInvalidBodyIsTheRequestsError) {
  serve([this](auto& request, auto& response) {
    watch(request, response);
    request.resume();
  });
  ask("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n");
  loop.poll();
  EXPECT_EQ(log.take(), "q.aborted r.close q.error(HPE_INVALID_CHUNK_SIZE) q.close");
}

TEST_F(ServerRefusalTest, AListenerOfClientErrorAnswersItself) {
  serve({}).on<ClientError>([this](const ClientError& event) {
    log.add(fmt::format("{} {} of {}", event.error.name(), event.bytes_parsed,
                        event.raw_packet.size()));
    event.connection.end("own");
    event.connection.destroy_soon();
  });
  EXPECT_EQ(ask("GARBAGE\r\n\r\n"), "own");
  EXPECT_EQ(log.take(), "HPE_INVALID_METHOD 1 of 11");
}

TEST_F(ServerRefusalTest, AHeadThatTakesTooLongIsATimeout) {
  SteppedClock clock(loop);
  serve(answer_with_path, {.headers_timeout = 1ms, .connections_checking_interval = 2ms});
  EXPECT_EQ(ask_and_pass("GET / HTTP/1.1\r\nHo", clock, 2ms),
            "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n");
}

TEST_F(ServerRefusalTest, AConnectionWithoutARequestTimesOut) {
  SteppedClock clock(loop);
  serve(answer_with_path, {.headers_timeout = 1ms, .connections_checking_interval = 2ms});
  EXPECT_EQ(ask_and_pass("", clock, 2ms),
            "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n");
}

TEST_F(ServerRefusalTest, AHeadThatTricklesIsATimeoutAllTheSame) {
  SteppedClock clock(loop);
  serve(answer_with_path, {.headers_timeout = 5ms, .connections_checking_interval = 2ms});
  test::RawClient& client = connect("GET / HTTP/1.1\r\nA: ");
  run_until([&] { return server->connections() == 1 && !client.socket->connecting(); });
  const auto trickle = [&] {
    client.socket->write("a");
    loop.poll();  // accepts the connection, then sees its end
    clock.pass(1ms);
  };
  for (int time = 0; time < 5; ++time) trickle();
  EXPECT_EQ(client.heard, "");
  trickle();
  run_until([&] { return client.closed; });
  EXPECT_EQ(client.heard, "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n");
}

TEST_F(ServerRefusalTest, ABodyThatTakesTooLongIsATimeout) {
  SteppedClock clock(loop);
  serve([this](auto& request, auto& response) { watch(request, response); },
        {.request_timeout = 1ms, .connections_checking_interval = 2ms});
  EXPECT_EQ(ask_and_pass("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab", clock, 2ms),
            "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n");
  loop.poll();
  EXPECT_EQ(log.take(), "q.aborted r.close q.error(ECONNRESET) q.close");
}

TEST_F(ServerRefusalTest, AClientThatStaysAfterItsRefusalDoesNotHoldUpAClose) {
  SteppedClock clock(loop);
  serve(answer_with_path);
  const auto client = net::connect(loop, net::ConnectOptions{.port = server->address()->port,
                                                             .host = "127.0.0.1",
                                                             .socket = {.allow_half_open = true}});
  client->resume();
  client->write("GARBAGE\r\n\r\n");
  run_until([&] { return client->readable_ended(); });
  server->close(says("closed"));
  clock.pass(30s);
  EXPECT_EQ(server->connections(), 1u);
  clock.pass(30s);
  for (int turn = 0; turn < 20; ++turn) loop.poll();
  EXPECT_EQ(log.take(), "closed");
  client->destroy();
}

TEST_F(ServerRefusalTest, ASlowRequestMayTakeAsLongAsItWantsAfterAClose) {
  SteppedClock clock(loop);
  serve(answer_with_path);
  test::RawClient& client = connect("GET / HT");
  run_until([&] { return server->connections() == 1 && !client.socket->connecting(); });
  server->close(says("closed"));
  clock.pass(600s);
  EXPECT_EQ(client.heard, "");
  client.socket->write("TP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(after_run(), "closed");
  EXPECT_TRUE(client.heard.ends_with("/"));
}

TEST_F(ServerRefusalTest, AnAnswerMayTakeAsLongAsItWants) {
  SteppedClock clock(loop);
  Ref<ServerResponse> response;
  serve([&](auto&, auto& r) { response = Ref(&r); },
        {.headers_timeout = 1ms, .request_timeout = 1ms, .connections_checking_interval = 2ms});
  test::RawClient& client = connect(get("/"));
  run_until([&] { return response; });
  clock.pass(100ms);
  EXPECT_FALSE(client.ended);
  EXPECT_EQ(server->connections(), 1u);
}

TEST_F(ServerRefusalTest, ANegativeMarkIsRefusedBeforeAClientConnects) {
  EXPECT_EQ(test::thrown_by([this] { Server::make(loop, {.high_water_mark = -1}); }).name(),
            "ERR_INVALID_ARG_VALUE");
}

// A connection's mark is larger than a message's, so that one system call sends several writes.
TEST_F(ServerRefusalTest, AMarkIsTheMessagesAndItsConnectionTakesMore) {
  std::size_t of_response = 0;
  std::size_t of_connection = 0;
  serve(
      [&](auto&, auto& response) {
        of_response = response.writable_high_water_mark();
        of_connection = response.connection()->writable_high_water_mark();
        response.end();
      },
      {.high_water_mark = 1000});
  ask(get("/"));
  EXPECT_EQ(of_response, 1000u);
  EXPECT_EQ(of_connection, 64u << 10);
}

TEST_F(ServerRefusalTest, TheHeadersTimeoutIsNotAboveTheRequestTimeout) {
  EXPECT_EQ(test::thrown_by([this] {
              Server::make(loop, {.headers_timeout = 5ms, .request_timeout = 2ms});
            }).message(),
            "The value of \"headersTimeout\" is out of range. It must be <= requestTimeout. "
            "Received 5");
}
}  // namespace
}  // namespace weir::http
