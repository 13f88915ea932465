// Clients that send requests and do not read the responses.
#include "support/http_test.h"
#include "support/small_sockets.h"

#include <chrono>
#include <cstddef>
#include <string>

#include <gtest/gtest.h>

namespace weir::http {
namespace {

using std::chrono_literals::operator""s;

class WriteTimeoutTest : public test::HttpTest {
 protected:
  // Answers without an end, over connections with small system buffers.
  void serve_endlessly(const ServerOptions& options) {
    server = create_server(loop, options, [this](auto&, ServerResponse& asked) {
      response = Ref(&asked);
      log.listen(static_cast<WritableBase&>(asked), "r.");
      asked.on<Drain>([this] { write_on(); });
      write_on();
    });
    server->listen({.fd = test::small_listener()});
  }
  void write_on() {
    while (response->write(std::string(16'384, 'x'))) {
    }
  }

  SteppedClock clock{loop};
  Ref<ServerResponse> response;
};

TEST_F(WriteTimeoutTest, DropsAReaderThatStalls) {
  serve_endlessly({.write_timeout = 20s});
  const test::SmallClient client(server->address()->port);
  client.say(keeping("/"));
  run_until([&] { return response; });
  clock.pass(19s);
  EXPECT_FALSE(response->destroyed());
  clock.pass(11s);  // it is looked for four times within the timeout
  run_until([&] { return response->closed(); });
  EXPECT_FALSE(response->writable_finished());
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(WriteTimeoutTest, DropsAReaderThatStallsAfterTheServerWasClosed) {
  serve_endlessly({.write_timeout = 20s});
  const test::SmallClient client(server->address()->port);
  client.say(keeping("/"));
  run_until([&] { return response; });
  bool closed = false;
  server->close([&] { closed = true; });
  clock.pass(30s);
  run_until([&] { return closed; });
}

TEST_F(WriteTimeoutTest, KeepsAReaderThatIsSlow) {
  constexpr std::size_t kEnough = std::size_t{1} << 20;
  serve_endlessly({.write_timeout = 100s});
  const test::SmallClient client(server->address()->port);
  client.say(keeping("/"));
  run_until([&] { return response; });
  std::size_t read = 0;
  while (read < kEnough) {
    const std::size_t heard = client.hear(700).size();
    read += heard;
    heard > 0 ? clock.pass(1s) : static_cast<void>(loop.poll());  // the system takes its own time
    ASSERT_FALSE(response->destroyed()) << read;
  }
}

// The server has no data to send.
TEST_F(WriteTimeoutTest, KeepsAConnectionWithASlowResponse) {
  Ref<ServerResponse> slow;
  serve([&](auto&, auto& asked) { slow = Ref(&asked); }, {.write_timeout = 4s});
  test::RawClient& client = connect(get("/"));
  run_until([&] { return slow; });
  slow->write("a");
  run_until([&] { return client.heard.ends_with("a\r\n"); });
  clock.pass(60s);
  slow->end("b");
  run_until([&] { return client.closed; });
  EXPECT_TRUE(client.heard.ends_with("1\r\na\r\n1\r\nb\r\n0\r\n\r\n"));
}

TEST_F(WriteTimeoutTest, IsOffWithoutTheOption) {
  serve_endlessly({});
  const test::SmallClient client(server->address()->port);
  client.say(keeping("/"));
  run_until([&] { return response; });
  clock.pass(std::chrono::hours(1));
  EXPECT_FALSE(response->destroyed());
}

}  // namespace
}  // namespace weir::http
