// Answers to clients that are still sending: the server must not reset the connection before they
// have them.
#include <weir/http/server.h>
#include <weir/testing/connection.h>
#include <weir/testing/event_log.h>
#include <weir/testing/stepped_loop.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace weir::http {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

class AnswerWhileSendingTest : public ::testing::Test {
 protected:
  // Answers at once, without a look at the body.
  Ref<Server> make_server() {
    return create_server(loop, [this](IncomingMessage& request, ServerResponse& response) {
      log.listen(request, "request:");
      log.listen(response, "response:");
      response.write_head(413, {{"Connection", "close"}, {"Content-Length", "5000"}});
      response.end(std::string(5'000, 'x'));
    });
  }
  // A client that does not read before it has sent all, far away.
  void connect(std::uint64_t seed = 1, bool allow_half_open = false) {
    auto [client, server_side] =
        test::connect(loop, {.network = {.latency = 50ms, .window = 4'000},
                             .seed = seed,
                             .client = {.allow_half_open = allow_half_open}});
    server->serve(server_side);
    client_ = std::move(client);
    client_->on<Data>([this](const Data& data) { received += data.chunk.text(); });
    test::EventLog* const events = &log;
    client_->on<Error>([events](const Error& error) { events->add("client:error", error); });
    client_->on<Close>([events] { events->add("client:close"); });
  }

  std::string taken() { return log.take(); }

  test::SteppedLoop loop;
  test::EventLog log;
  std::string received;
  Ref<Server> server;
  Ref<net::Socket> client_;
};

TEST_F(AnswerWhileSendingTest, ReachesAClientThatIsStillSending) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    server = make_server();
    received.clear();
    connect(seed);
    client_->write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 30000\r\n\r\n");
    client_->write(std::string(30'000, 'b'));
    EXPECT_TRUE(loop.run_all());
    EXPECT_TRUE(received.starts_with("HTTP/1.1 413 ")) << seed;
    EXPECT_TRUE(received.ends_with(std::string(5'000, 'x'))) << seed << ": " << received.size();
    EXPECT_EQ(taken(),
              "response:prefinish response:finish request:resume response:close client:close "
              "request:end request:close")
        << seed;
  }
}

TEST_F(AnswerWhileSendingTest, DoesNotWaitForTheRestOfTheRequestIfTheClientEnds) {
  server = make_server();
  connect();
  client_->write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 30000\r\n\r\n");
  EXPECT_TRUE(loop.run_all());
  EXPECT_TRUE(received.starts_with("HTTP/1.1 413 "));
  EXPECT_EQ(taken(),
            "response:prefinish response:finish request:resume response:close client:close "
            "request:error(ECONNRESET) request:close");
}

TEST_F(AnswerWhileSendingTest, ToAHeadThatIsTooLargeArrives) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    server = make_server();
    received.clear();
    connect(seed);
    client_->write("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(40'000, 'x') + "\r\n\r\n");
    EXPECT_TRUE(loop.run_all());
    EXPECT_TRUE(received.starts_with("HTTP/1.1 431 ")) << seed;
    EXPECT_EQ(taken(), "client:close") << seed;
  }
}

TEST_F(AnswerWhileSendingTest, ToTheLastOfPipelinedRequestsArrives) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    server = make_server();
    received.clear();
    connect(seed);
    for (int i = 0; i < 200; ++i) client_->write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(loop.run_all());
    EXPECT_TRUE(received.ends_with(std::string(5'000, 'x'))) << seed;
    EXPECT_EQ(received.find("HTTP/1.1", 10), std::string::npos) << "no second answer";
    static_cast<void>(taken());
  }
}

TEST_F(AnswerWhileSendingTest, ToAClientThatNeverEndsHasALimit) {
  server = make_server();
  connect(1, true);
  client_->write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
  const auto sending = loop.set_interval(1s, [this] {
    if (client_->writable()) client_->write("b");
  });
  loop.pass(20s);
  EXPECT_EQ(server->connections(), 1u);
  loop.pass(60s);
  EXPECT_EQ(server->connections(), 0u);
  sending->clear();
  EXPECT_EQ(taken(),
            "response:prefinish response:finish request:resume response:close "
            "request:error(ECONNRESET) request:close client:error(ECONNRESET) client:close");
}

}  // namespace
}  // namespace weir::http
