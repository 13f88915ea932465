// Many pipelined requests: the server takes only a few at a time.
#include "support/http_test.h"

#include <cstddef>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace weir::http {
namespace {

class UnansweredRequestsTest : public test::HttpTest {
 protected:
  void settle() {
    for (int turn = 0; turn < 50; ++turn) loop.poll();
  }
};

TEST_F(UnansweredRequestsTest, AreNoMoreThanTheLimitHoweverManyCome) {
  constexpr std::size_t kCount = 1700;
  std::vector<Ref<ServerResponse>> waiting;
  std::size_t requests = 0;
  serve([&](auto&, auto& response) {
    ++requests;
    waiting.emplace_back(&response);
  });
  std::string text;
  for (std::size_t i = 1; i < kCount; ++i) text += keeping("/");
  test::RawClient& client = connect(text + get("/"));
  run_until([&] { return requests > 0; });
  settle();
  EXPECT_EQ(requests, 32u);
  while (!client.closed) {
    ASSERT_LE(waiting.size(), 32u);
    for (const auto& response : std::exchange(waiting, {})) response->end("x");
    loop.poll();
  }
  EXPECT_EQ(requests, kCount);
}

struct Kind {
  const char* name;
  std::string text;
};

const Kind kKinds[] = {
    {"no body", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"a length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"},
    {"length 0", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"},
    {"chunks",
     "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
     "0\r\n\r\n"},
    {"trailers",
     "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
     "0\r\nA: b\r\n\r\n"},
    {"an empty line behind it", "GET / HTTP/1.1\r\nHost: x\r\n\r\n\r\n"},
};

// Each kind of message after each, cut into pieces of each size; the limit lies between the two.
TEST_F(UnansweredRequestsTest, AreParsedFromWhereItStopped) {
  for (const Kind& first : kKinds)
    for (const Kind& second : kKinds)
      for (const std::size_t most : {1u, 2u}) {
        std::vector<Ref<ServerResponse>> waiting;
        std::vector<std::string> bodies;
        serve(
            [&](auto& request, auto& response) {
              waiting.emplace_back(&response);
              request.template on<Data>(
                  [&, i = bodies.size()](const Data& data) { bodies[i] += data.chunk.text(); });
              bodies.emplace_back();
            },
            {.max_unanswered_requests = most});
        std::string text;
        for (int i = 0; i < 4; ++i) text += first.text + second.text;
        test::RawClient& client = connect(text);
        for (std::size_t answered = 0; answered < 8;) {
          run_until([&] { return !waiting.empty(); });
          settle();
          ASSERT_LE(waiting.size(), most);
          for (const auto& response : std::exchange(waiting, {})) {
            response->end("x");
            ++answered;
          }
        }
        settle();
        ASSERT_EQ(bodies.size(), 8u);
        for (std::size_t i = 0; i < bodies.size(); ++i) {
          const Kind& kind = i % 2 == 0 ? first : second;
          EXPECT_EQ(bodies[i], kind.text.find("abc") == std::string::npos ? "" : "abc")
              << first.name << ", " << second.name << " " << i << " of " << most;
        }
        EXPECT_EQ(masked(client.heard).find("400"), std::string::npos) << first.name;
        server->close_all_connections();
        server->close();
        run_until([&] { return client.closed; });
      }
}

TEST_F(UnansweredRequestsTest, AreReadOnceTheirConnectionIsOtherwiseUnused) {
  std::vector<Ref<ServerResponse>> waiting;
  serve([&](auto&, auto& response) { waiting.emplace_back(&response); },
        {.max_unanswered_requests = 1});
  test::RawClient& client = connect(keeping("/") + keeping("/"));
  run_until([&] { return waiting.size() == 1; });
  waiting[0]->end("x");
  // Between two requests, the connection does not count as idle.
  waiting[0]->on<Finish>([&] { server->close(); });
  run_until([&] { return waiting.size() == 2; });
  waiting[1]->end("y");
  run_until([&] { return client.closed || client.heard.ends_with("y"); });
  EXPECT_TRUE(client.heard.ends_with("y"));
}

TEST_F(UnansweredRequestsTest, LearnOfTheirTurn) {
  std::vector<Ref<ServerResponse>> responses;
  serve([&](auto& request, auto& response) {
    responses.emplace_back(&response);
    response.template on<SocketEvent>([this, &request, &response](const SocketEvent& event) {
      EXPECT_EQ(&event.connection, response.connection());
      log.add("turn " + request.url());
    });
  });
  connect(keeping("/1") + keeping("/2") + get("/3"));
  run_until([&] { return responses.size() == 3; });
  EXPECT_TRUE(responses[0]->connection()) << "it is its turn at once";
  EXPECT_EQ(log.take(), "");
  responses[2]->end("c");
  responses[0]->end("a");
  run_until([&] { return responses[0]->writable_finished(); });
  EXPECT_EQ(log.take(), "turn /2");
  responses[1]->end("b");
  run_until([&] { return responses[2]->writable_finished(); });
  EXPECT_EQ(log.take(), "turn /3");
}

}  // namespace
}  // namespace weir::http
