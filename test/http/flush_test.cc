#include "support/http_test.h"

#include <string>

#include <gtest/gtest.h>

namespace weir::http {
namespace {

using FlushTest = test::HttpTest;

TEST_F(FlushTest, CallsBackWhenTheSystemHasTheBodySoFar) {
  std::uint64_t sent = 0;
  serve([&](IncomingMessage& request, ServerResponse& response) {
    response.write("abc");
    response.flush([&, &socket = request.connection()](const Error& error) {
      EXPECT_FALSE(error);
      sent = socket.bytes_written();
      response.end("d");
    });
  });
  const std::string answer = ask(get("/"));
  EXPECT_EQ(answer, kClosing + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n");
  EXPECT_GT(sent, answer.find("abc"));
}

TEST_F(FlushTest, BeforeTheBodySendsNoHead) {
  serve([](IncomingMessage&, ServerResponse& response) {
    response.flush([&](const Error& error) {
      EXPECT_FALSE(error);
      EXPECT_FALSE(response.headers_sent());
      response.end("abc");
    });
  });
  EXPECT_EQ(ask(get("/")), kClosing + "Content-Length: 3\r\n\r\nabc");
}

TEST_F(FlushTest, OfAPipelinedResponseWaitsForItsTurn) {
  std::string order;
  Ref<ServerResponse> first;
  serve([&](IncomingMessage& request, ServerResponse& response) {
    if (request.url() == "/1") {
      first = Ref(&response);
      return;
    }
    response.write("b");
    response.flush([&](const Error&) {
      order += "flushed ";
      response.end();
    });
    order += "second ";
    loop.set_immediate([&] {
      order += "first ";
      first->end("a");
      first = nullptr;
    });
  });
  const std::string answer = ask(keeping("/1") + get("/2"));
  EXPECT_EQ(order, "second first flushed ");
  EXPECT_LT(answer.find("\r\n\r\na"), answer.find("\r\nb\r\n"));
}

}  // namespace
}  // namespace weir::http
