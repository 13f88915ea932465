// A client that closes, with FIN or with RST, at any point: the messages' events and the response
// are Node's, and the server continues.
#include "support/descriptors.h"
#include "support/http_test.h"

#include <string>
#include <tuple>

#include <gtest/gtest.h>

namespace weir::http {
namespace {

enum class ClientEnd { ends, resets };

struct ClientSituation {
  const char* name;
  std::string said;
  std::string events;    // of the messages, from the beginning
  std::string answered;  // received by a client that ends; one that resets receives no more
};

const std::string kPost = "POST / HTTP/1.1\r\nHost: x\r\n";
const std::string kChunkedPost = kPost + "Transfer-Encoding: chunked\r\n\r\n";
const std::string kBadRequest = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
const std::string kCutOffByClient = "q.aborted r.close q.error(ECONNRESET) q.close";
const std::string kUnansweredEvents = "q.end q.close r.close";
const std::string kHead =
    "HTTP/1.1 200 OK\r\nDate: X\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n";

const ClientSituation kClientSituations[] = {
    {"nothing_was_said", "", "", ""},
    {"half_of_a_request_line", "GET / HT", "", kBadRequest},
    {"half_of_the_headers", "GET / HTTP/1.1\r\nHost: x\r\nA", "", kBadRequest},
    {"half_of_a_body", kPost + "Content-Length: 5\r\n\r\nab", kCutOffByClient, kBadRequest},
    {"half_of_a_chunk", kChunkedPost + "5\r\nab", kCutOffByClient, kBadRequest},
    {"half_of_a_chunks_length", kChunkedPost + "2\r\nab\r\n5", kCutOffByClient, kBadRequest},
    {"half_of_the_trailers", kChunkedPost + "0\r\nA: b\r\n", kCutOffByClient, kBadRequest},
    {"an_answer_is_awaited", "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n", kUnansweredEvents, ""},
    {"an_answer_is_awaited_and_half_a_request_is_behind",
     "GET /wait HTTP/1.1\r\nHost: x\r\n\r\nGET / HT", kUnansweredEvents, kBadRequest},
    {"an_answer_is_being_written", "GET /begin HTTP/1.1\r\nHost: x\r\n\r\n", kUnansweredEvents,
     kHead + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n"},
    {"all_is_answered", "GET /whole HTTP/1.1\r\nHost: x\r\n\r\n",
     "r.prefinish r.finish q.end r.close q.close", kHead + "Content-Length: 1\r\n\r\na"},
};

class ClientLeavesTest
    : public test::HttpTest,
      public testing::WithParamInterface<std::tuple<ClientSituation, ClientEnd>> {
 protected:
  void serve() {
    HttpTest::serve([this](auto& request, auto& response) {
      watch(request, response);
      if (request.url() == "/whole") return static_cast<void>(response.end("a"));
      request.resume();
      if (request.url() == "/begin") response.write("a");
      if (request.url() == "/full") response.write(std::string(8 << 20, 'a'));
    });
    server->on<ConnectionEvent>(
        [this](const ConnectionEvent& event) { served = Ref(&event.connection); });
  }
  void close(test::RawClient& client, ClientEnd way) {
    if (way == ClientEnd::ends)
      client.socket->end();
    else
      client.socket->reset_and_destroy();
  }

  Ref<net::Connection> served;
};

std::string name_of_departure(const std::tuple<ClientSituation, ClientEnd>& each) {
  return std::string(std::get<ClientSituation>(each).name) +
         (std::get<ClientEnd>(each) == ClientEnd::ends ? "_by_ending" : "_by_resetting");
}

INSTANTIATE_TEST_SUITE_P(When, ClientLeavesTest,
                         testing::Combine(testing::ValuesIn(kClientSituations),
                                          testing::Values(ClientEnd::ends, ClientEnd::resets)),
                         [](const auto& each) { return name_of_departure(each.param); });

TEST_P(ClientLeavesTest, IsReportedAsInNodeAndTheServerContinues) {
  const auto& [situation, way] = GetParam();
  serve();
  const std::size_t before = test::open_descriptors();
  test::RawClient& client = connect(situation.said);
  const std::string expects =
      situation.answered.starts_with("HTTP/1.1 200") ? situation.answered : "";
  run_until([&] {
    return served && served->bytes_read() == situation.said.size() &&
           masked(client.heard) == expects;
  });
  // The messages have emitted the events that do not depend on the close.
  for (int turn = 0; turn < 3; ++turn) loop.poll();
  close(client, way);
  run_until([&] { return served->closed() && client.closed; });
  for (int turn = 0; turn < 3; ++turn) loop.poll();
  EXPECT_EQ(log.take(), situation.events);
  EXPECT_EQ(masked(client.heard), way == ClientEnd::ends ? situation.answered : expects);
  EXPECT_EQ(server->connections(), 0u);
  EXPECT_TRUE(ask(get("/whole")).ends_with("\r\n\r\na"));
  run_until([this] { return server->connections() == 0; });
  served = nullptr;
  EXPECT_EQ(test::open_descriptors(), before);
}

class ClientLeavesAFullResponseTest : public ClientLeavesTest {};

INSTANTIATE_TEST_SUITE_P(BothWays, ClientLeavesAFullResponseTest,
                         testing::Combine(testing::Values(ClientSituation{
                                              "full", "GET /full HTTP/1.1\r\nHost: x\r\n\r\n",
                                              kUnansweredEvents, ""}),
                                          testing::Values(ClientEnd::ends, ClientEnd::resets)),
                         [](const auto& each) {
                           return std::get<ClientEnd>(each.param) == ClientEnd::ends ? "ends"
                                                                                     : "resets";
                         });

TEST_P(ClientLeavesAFullResponseTest, ItIsClosedUnfinishedAndTheServerServesOn) {
  const auto& [situation, way] = GetParam();
  serve();
  const std::size_t before = test::open_descriptors();
  test::RawClient& client = connect(situation.said);
  client.socket->pause();
  run_until([this] { return served && served->writable_need_drain(); });
  close(client, way);
  // A client that has ended still reads: it receives all that was written.
  if (way == ClientEnd::ends) client.socket->resume();
  run_until([&] { return served->closed() && client.closed; });
  for (int turn = 0; turn < 3; ++turn) loop.poll();
  std::string events = log.take();
  if (const std::size_t at = events.find("r.drain "); at != events.npos) events.erase(at, 8);
  EXPECT_EQ(events, situation.events);
  EXPECT_EQ(client.heard.size() > (8 << 20), way == ClientEnd::ends);
  EXPECT_TRUE(ask(get("/whole")).ends_with("\r\n\r\na"));
  run_until([this] { return server->connections() == 0; });
  served = nullptr;
  EXPECT_EQ(test::open_descriptors(), before);
}

}  // namespace
}  // namespace weir::http
