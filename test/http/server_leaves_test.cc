// A server that closes, with FIN or with RST, at any point: the events are Node's, and the client's
// next request succeeds.
#include "support/descriptors.h"
#include "support/http_client_test.h"

#include <string>
#include <tuple>

#include <gtest/gtest.h>

namespace weir {
namespace {

using http::IncomingMessage;

enum class ServerEnd { ends, resets };

struct ServerSituation {
  const char* name;
  std::string said;  // in answer to the request
  std::string where_it_ends;
  std::string where_it_resets;
};

const std::string kChunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const std::string kNoAnswer = "socket prefinish finish error(ECONNRESET) close";
const std::string kCutOffByServer =
    "socket prefinish finish response res.aborted close res.error(ECONNRESET) res.close";
const std::string kReset =
    "socket prefinish finish response error(ECONNRESET) res.aborted close res.error(ECONNRESET) "
    "res.close";

const ServerSituation kServerSituations[] = {
    {"nothing_was_said", "", kNoAnswer, kNoAnswer},
    {"half_of_a_status_line", "HTTP/1.1 20", kNoAnswer, kNoAnswer},
    {"half_of_the_headers", "HTTP/1.1 200 OK\r\nContent-", kNoAnswer, kNoAnswer},
    {"only_leave_to_continue", "HTTP/1.1 100 Continue\r\n\r\n",
     "socket prefinish finish continue information(100) error(ECONNRESET) close",
     "socket prefinish finish continue information(100) error(ECONNRESET) close"},
    {"half_of_a_body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", kCutOffByServer, kReset},
    {"half_of_a_chunk", kChunkedHead + "9\r\nab", kCutOffByServer, kReset},
    {"half_of_a_chunks_length", kChunkedHead + "2\r\nab\r\n9", kCutOffByServer, kReset},
    {"half_of_the_trailers", kChunkedHead + "0\r\nA: b\r\n", kCutOffByServer, kReset},
    {"a_body_without_a_length", "HTTP/1.1 200 OK\r\n\r\nab",
     "socket prefinish finish response res.end res.close close",
     // Node reports the reset, then ends the body as if complete; weir aborts it.
     kReset},
};

class ServerLeavesTest : public test::HttpClientTest {
 protected:
  static void close(net::Socket& socket, ServerEnd way) {
    if (way == ServerEnd::ends)
      socket.end();
    else
      socket.reset_and_destroy();
  }
  // Polls until the condition holds.
  template <class F>
  void poll_until(F is_so) {
    for (int turn = 0; !is_so() && turn < 1'000'000; ++turn) loop.poll();
    EXPECT_TRUE(is_so());
  }
  static std::string name(ServerEnd way) {
    return way == ServerEnd::ends ? "by_ending" : "by_resetting";
  }
};

class ServerLeavesAnswerTest
    : public ServerLeavesTest,
      public testing::WithParamInterface<std::tuple<ServerSituation, ServerEnd>> {
 public:
  static std::string name(const testing::TestParamInfo<ParamType>& each) {
    const auto& [situation, way] = each.param;
    return std::string(situation.name) + "_" + ServerLeavesTest::name(way);
  }
};

INSTANTIATE_TEST_SUITE_P(When, ServerLeavesAnswerTest,
                         testing::Combine(testing::ValuesIn(kServerSituations),
                                          testing::Values(ServerEnd::ends, ServerEnd::resets)),
                         ServerLeavesAnswerTest::name);

TEST_P(ServerLeavesAnswerTest, IsReportedAsInNode) {
  const auto& [situation, way] = GetParam();
  const std::size_t before = test::open_descriptors();
  {
    serve([&](net::Socket& socket, std::string_view) { socket.write(situation.said); });
    const auto request = ask();
    Ref<net::Connection> connection;
    request->on<http::SocketEvent>(
        [&](const http::SocketEvent& event) { connection = Ref(&event.connection); });
    request->end();
    poll_until([&] {
      return !sockets.empty() && sockets[0]->bytes_read() > 0 &&
             connection->bytes_read() == situation.said.size();
    });
    for (int turn = 0; turn < 3; ++turn) loop.poll();
    close(*sockets[0], way);
    EXPECT_EQ(after_close(),
              way == ServerEnd::ends ? situation.where_it_ends : situation.where_it_resets);
    EXPECT_TRUE(request->destroyed());
  }
  EXPECT_EQ(test::open_descriptors(), before);
}

class ServerLeavesWayTest : public ServerLeavesTest,
                            public testing::WithParamInterface<ServerEnd> {};

INSTANTIATE_TEST_SUITE_P(BothWays, ServerLeavesWayTest,
                         testing::Values(ServerEnd::ends, ServerEnd::resets), [](const auto& way) {
                           return way.param == ServerEnd::ends ? "ends" : "resets";
                         });

TEST_P(ServerLeavesWayTest, WhileTheRequestIsWritten) {
  const std::size_t before = test::open_descriptors();
  {
    serve({});
    server->on<net::ConnectionEvent>(
        [](const net::ConnectionEvent& event) { event.socket->pause(); });
    const auto request = ask({.method = "POST"});
    int called = 0;
    request->write(std::string(20 << 20, 'x'), [&](const Error& error) {
      ++called;
      EXPECT_TRUE(error);
    });
    poll_until([&] { return !sockets.empty(); });
    for (int turn = 0; turn < 3; ++turn) loop.poll();
    close(*sockets[0], GetParam());
    EXPECT_EQ(after_close(), "socket error(ECONNRESET) close");
    EXPECT_EQ(called, 1);
  }
  EXPECT_EQ(test::open_descriptors(), before);
}

TEST_P(ServerLeavesWayTest, BetweenTwoRequestsWhichTheNextOneDoesNotNotice) {
  keep_answering_with(kKept);
  stops_server = false;
  const auto agent = http::Agent::make(loop, {.keep_alive = true});
  ask({.agent = agent})->end();
  poll_until([&] { return agent->free_sockets() == 1; });
  const std::size_t before = test::open_descriptors();
  close(*sockets[0], GetParam());
  poll_until([&] { return agent->free_sockets() == 0 && sockets[0]->closed(); });
  EXPECT_EQ(test::open_descriptors(), before - 2);
  log.take();
  const auto second = ask({.agent = agent});
  second->end();
  poll_until([&] { return second->closed(); });
  EXPECT_EQ(log.take(), "socket prefinish finish response res.end close res.close");
  EXPECT_FALSE(second->reused_socket());
  EXPECT_EQ(sockets.size(), 2u);
}

// The server closed while the request was on its way: the program is notified and may repeat it.
TEST_P(ServerLeavesWayTest, WhenARequestComesOverAKeptConnection) {
  int requests = 0;
  serve([&](net::Socket& socket, std::string_view) {
    if (++requests == 1)
      socket.write(kKept);
    else
      close(socket, GetParam());
  });
  stops_server = false;
  const auto agent = http::Agent::make(loop, {.keep_alive = true});
  ask({.agent = agent})->end();
  poll_until([&] { return agent->free_sockets() == 1; });
  log.take();
  const auto second = ask({.agent = agent});
  second->end();
  poll_until([&] { return second->closed(); });
  EXPECT_EQ(log.take(), kNoAnswer);
  EXPECT_TRUE(second->reused_socket());
  EXPECT_EQ(agent->free_sockets(), 0u);
}

}  // namespace
}  // namespace weir
