// A server that answers once it has the whole body, before the client calls end(), and closes: the
// request finishes without its connection.
#include "support/http_client_test.h"

#include <functional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace weir {
namespace {

const char* const kAccepted = "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n";

class EndAfterAnswerTest : public test::HttpClientTest {
 protected:
  void answer_hello_with(std::string text) {
    serve([text = std::move(text), received = std::string()](net::Socket& socket,
                                                             std::string_view piece) mutable {
      received += piece;
      if (received.contains("hello")) socket.end(text);
    });
  }
  // Writes "hello", and calls `then` once the connection has closed.
  Ref<http::ClientRequest> write_hello(http::Headers headers, std::function<void()> then) {
    auto request = ask({.method = "PUT", .headers = std::move(headers)});
    request->once<http::SocketEvent>([then = std::move(then)](const http::SocketEvent& event) {
      event.connection.on<Close>(then);
    });
    request->write("hello", log.callback("written"));
    return request;
  }
};

TEST_F(EndAfterAnswerTest, TheRequestFinishesAndThenCloses) {
  for (const char* const answer : {kAccepted, kOk.c_str()}) {
    answer_hello_with(answer);
    Ref<http::ClientRequest> request;
    request = write_hello({{"Content-Length", "5"}}, [&] {
      log.add("end()");
      request->end(log.callback("endcb"));
    });
    EXPECT_EQ(after_close(),
              "socket written response res.end res.close end() prefinish endcb finish close");
    EXPECT_TRUE(request->writable_finished());
    EXPECT_FALSE(request->errored());
  }
}

TEST_F(EndAfterAnswerTest, EmptyWritesBeforeTheEndAreDone) {
  answer_hello_with(kAccepted);
  Ref<http::ClientRequest> request;
  request = write_hello({{"Content-Length", "5"}}, [&] {
    request->write("", log.callback("empty"));
    request->end("", log.callback("endcb"));
  });
  EXPECT_EQ(after_close(),
            "socket written response res.end res.close prefinish empty endcb finish close");
}

TEST_F(EndAfterAnswerTest, TheEndMayComeWhileTheConnectionCloses) {
  answer_hello_with(kAccepted);
  const auto request = write_hello({{"Content-Length", "5"}}, [] {});
  request->once<http::ResponseEvent>([&](const http::ResponseEvent& event) {
    event.response.on<End>([&] { loop.next_tick([&] { request->end(log.callback("endcb")); }); });
  });
  EXPECT_EQ(after_close(),
            "socket written response res.end res.close prefinish endcb finish close");
}

TEST_F(EndAfterAnswerTest, DestroyClosesARequestThatWillNotEnd) {
  answer_hello_with(kAccepted);
  Ref<http::ClientRequest> request;
  request = write_hello({{"Content-Length", "5"}}, [&] { request->destroy(); });
  EXPECT_EQ(after_close(), "socket written response res.end res.close close");
}

TEST_F(EndAfterAnswerTest, ARequestWithoutItsWholeBodyDoesNotFinish) {
  for (const http::Headers& headers : {http::Headers{{"Content-Length", "6"}}, http::Headers{}}) {
    answer_hello_with(kAccepted);
    Ref<http::ClientRequest> request;
    request = write_hello(headers, [] {});
    EXPECT_EQ(after_close(), "socket written response res.end res.close close");
    EXPECT_FALSE(request->writable_finished());
  }
}

}  // namespace
}  // namespace weir
