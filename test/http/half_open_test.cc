// A client that ends its side once it has asked (`nc -N`, HTTP/1.0 scripts) and listens on.
#include "support/http_test.h"

#include <cstddef>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace weir::http {
namespace {

constexpr std::size_t kChunk = std::size_t{64} << 10;
constexpr std::size_t kFileSize = 100 * kChunk;

class HalfOpenTest : public test::HttpTest {
 protected:
  // Sends kFileSize bytes at the client's pace.
  static void send_much(IncomingMessage&, ServerResponse& response) {
    response.set_header("Content-Length", kFileSize);
    send_on(response, 0);
  }
  static void send_on(ServerResponse& response, std::size_t sent) {
    for (bool goes_on = true; goes_on;) {
      if (sent == kFileSize) return static_cast<void>(response.end());
      goes_on = response.write(std::string(kChunk, 'x'));
      sent += kChunk;
    }
    response.once<Drain>([&response, sent] { send_on(response, sent); });
  }

  // The response to a client that sends `text` and ends its side.
  std::string ask_and_end(std::string_view text) {
    test::RawClient& client = connect();
    client.socket->end(text);
    run_until([&client] { return client.closed; });
    return masked(client.heard);
  }
};

TEST_F(HalfOpenTest, ALargeAnswerIsComplete) {
  serve(send_much, {.allow_half_open = true});
  for (const std::string& text : {std::string("GET / HTTP/1.0\r\n\r\n"), keeping("/"), get("/")}) {
    const std::string answer = ask_and_end(text);
    EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, kFileSize) << text;
  }
}

TEST_F(HalfOpenTest, PipelinedRequestsAreAllAnswered) {
  serve(send_much, {.allow_half_open = true});
  EXPECT_GT(ask_and_end(keeping("/") + keeping("/") + keeping("/")).size(), 3 * kFileSize);
}

TEST_F(HalfOpenTest, MorePipelinedRequestsThanMayBeUnansweredAreAllAnswered) {
  for (const std::size_t most : {1u, 2u, 3u, 32u, 0u}) {
    serve(
        [&](auto& request, auto& response) {
          loop.set_immediate([&request, kept = Ref(&response)] { kept->end(request.url()); });
        },
        {.allow_half_open = true, .max_unanswered_requests = most});
    std::string text;
    for (int i = 0; i < 500; ++i) text += keeping("/" + std::to_string(i));
    const std::string answer = ask_and_end(text);
    std::size_t at = 0;
    for (int i = 0; i < 500 && at != std::string::npos; ++i)
      at = answer.find("\r\n\r\n/" + std::to_string(i), at);
    EXPECT_NE(at, std::string::npos) << most;
    EXPECT_TRUE(answer.ends_with("/499")) << most;
    server->close();
  }
}

TEST_F(HalfOpenTest, TheLastResponseAnnouncesTheClose) {
  ServerResponse* first = nullptr;
  ServerResponse* last = nullptr;
  serve([&](auto&, auto& response) { (first ? last : first) = &response; },
        {.allow_half_open = true});
  test::RawClient& client = connect();
  client.socket->end(keeping("/1") + keeping("/2"));
  run_until([&] { return last; });
  run_until([&] { return last->request().connection().readable_ended(); });
  first->end("a");
  last->end("b");
  run_until([&] { return client.closed; });
  EXPECT_EQ(masked(client.heard),
            kKeeping + "Content-Length: 1\r\n\r\na" + kClosing + "Content-Length: 1\r\n\r\nb");
}

TEST_F(HalfOpenTest, ARequestThatIsCutOffIsRefused) {
  serve(send_much, {.allow_half_open = true});
  EXPECT_TRUE(ask_and_end("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
                  .starts_with("HTTP/1.1"));
  EXPECT_EQ(ask_and_end("GET / HTTP/1.1\r\nHo"),
            "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(ask_and_end(""), "");
}

TEST_F(HalfOpenTest, WithoutTheOptionTheConnectionEndsWithTheClientsSideAsInNode) {
  ServerResponse* response = nullptr;
  serve([&](auto&, auto& asked) { response = &asked; });
  EXPECT_EQ(ask_and_end(keeping("/")), "");
  EXPECT_TRUE(response);
}

}  // namespace
}  // namespace weir::http
