// An HTTP server on a simulated connection, in stepped time.
#include <weir/http/server.h>
#include <weir/net/errors.h>
#include <weir/testing/connection.h>
#include <weir/testing/stepped_loop.h>

#include <string>

#include <gtest/gtest.h>

namespace weir::test {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

class HttpServerInSteppedTimeTest : public ::testing::Test {
 protected:
  HttpServerInSteppedTimeTest() {
    http_server->serve(sides.server);
    sides.client->on<Data>([this](const Data& data) { answer += data.chunk.text(); });
    sides.client->on<Error>([](const Error&) {});
    sides.client->on<Close>([this] { is_closed = true; });
    sides.client->write("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello");
    loop.pass(1s);
    http_server->close_gracefully(10s, [this](const Error& error) { closed_with = error; });
  }

  SteppedLoop loop;
  // Answers with the body, once it has come.
  Ref<http::Server> http_server =
      http::create_server(loop, [](http::IncomingMessage& request, http::ServerResponse& response) {
        request.pipe(response);
      });
  Connected sides = connect(loop, {.network = {.latency = 50ms}});
  std::string answer;
  bool is_closed = false;
  Error closed_with;
};

TEST_F(HttpServerInSteppedTimeTest, AGracefulCloseWaitsForARequestThatHasBegun) {
  sides.client->write("world");
  EXPECT_TRUE(loop.run_all());
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_NE(answer.find("hello"), std::string::npos);
  EXPECT_NE(answer.find("world"), std::string::npos);
}

TEST_F(HttpServerInSteppedTimeTest, AGracefulCloseEndsWithItsTime) {
  loop.pass(9s);
  EXPECT_FALSE(is_closed);
  EXPECT_FALSE(closed_with);
  loop.pass(2s);
  EXPECT_TRUE(is_closed);
  EXPECT_EQ(closed_with, net::Errc::server_not_running) << "it has never listened";
}

}  // namespace
}  // namespace weir::test
