#include "support/http_test.h"
#include <weir/http/request.h>
#include <weir/stream/pass_through.h>
#include <weir/stream/pipeline.h>

#include <cstddef>
#include <string>

namespace weir {
namespace {

using http::ClientRequest;
using http::IncomingMessage;
using http::RequestOptions;

class ClientAndServerTest : public test::HttpTest {
 protected:
  RequestOptions to_server(RequestOptions options = {}) {
    options.host = "127.0.0.1";
    options.port = server->address()->port;
    return options;
  }
  // Reads the body into `body`, and calls `over` when the request has closed.
  Ref<ClientRequest> ask(RequestOptions options) {
    const Ref<ClientRequest> request =
        http::request(loop, to_server(std::move(options)), [this](IncomingMessage& response) {
          response.on<Data>([this](const Data& data) { body += data.chunk.text(); });
          response.on<End>([this, &response] { checksum = response.trailers().get("checksum"); });
        });
    request->on<Close>([this] { ++closed; });
    return request;
  }
  void run_until_closed(int count = 1) {
    run_until([this, count] { return closed == count; });
  }

  std::string body;
  std::optional<std::string> checksum;
  int closed = 0;
};

TEST_F(ClientAndServerTest, EchoesItsInput) {
  serve([](IncomingMessage& request, http::ServerResponse& response) {
    response.add_trailers({{"Checksum", "7"}});
    response.write_head(200, {{"Trailer", "Checksum"}});
    request.pipe(Ref(&response));
  });
  const auto request = ask({.method = "POST"});
  std::string sent;
  for (int i = 0; i < 50; ++i) {
    const std::string piece(static_cast<std::size_t>(i) * 997, static_cast<char>('a' + i % 26));
    sent += piece;
    request->write(piece);
  }
  request->end();
  run_until_closed();
  EXPECT_TRUE(body == sent);
  EXPECT_EQ(checksum, "7");
}

TEST_F(ClientAndServerTest, AFastWriterWaitsForASlowReader) {
  Ref<IncomingMessage> unread;
  serve([&](IncomingMessage& request, http::ServerResponse& response) {
    unread = Ref<IncomingMessage>(&request);
    request.on<End>([&response] { response.end("done"); });
    request.pause();
  });
  const auto request = ask({.method = "PUT"});
  const std::string piece(64 * 1024, 'x');
  int drains = 0;
  std::size_t written = 0;
  request->on<Drain>([&] { ++drains; });
  const auto write_all = [&] {
    while (request->write(piece)) written += piece.size();
    written += piece.size();
  };
  write_all();
  int before = -1;
  // Until no response drains any more.
  while (!unread || before != drains) {
    before = drains;
    for (int turn = 0; turn < 200; ++turn) loop.poll();
    if (before != drains) write_all();
  }
  EXPECT_LT(unread->readable_length(), 1u << 20);
  std::size_t read = 0;
  unread->on<Data>([&](const Data& data) { read += data.chunk.size(); });
  unread->resume();
  request->end();
  run_until_closed();
  EXPECT_EQ(read, written);
  EXPECT_EQ(body, "done");
}

TEST_F(ClientAndServerTest, TheBodyOfAnExpectantRequestIsSentWhenTheServerWantsIt) {
  serve([](IncomingMessage& request, http::ServerResponse& response) {
    request.pipe(Ref(&response));
  });
  const auto request =
      ask({.method = "POST", .headers = {{"Expect", "100-continue"}, {"Content-Length", "5"}}});
  bool told = false;
  request->on<http::Continue>([&] {
    told = true;
    request->end("hello");
  });
  run_until_closed();
  EXPECT_TRUE(told);
  EXPECT_EQ(body, "hello");
}

TEST_F(ClientAndServerTest, ManyRequestsShareFewConnections) {
  int connections = 0;
  serve([](IncomingMessage& request, http::ServerResponse& response) {
    response.end(request.url());
  });
  server->on<http::ConnectionEvent>([&] { ++connections; });
  const auto agent = http::Agent::make(loop, {.keep_alive = true, .max_sockets = 3});
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    expected += "/x";
    ask({.path = "/x", .agent = agent})->end();
  }
  run_until_closed(100);
  EXPECT_EQ(body, expected);
  EXPECT_EQ(connections, 3);
}

TEST_F(ClientAndServerTest, AnUpgradedConnectionIsBothSidesOwn) {
  serve(nullptr);
  server->on<http::Upgrade>([](const http::Upgrade& event) {
    const Ref<net::Connection> kept(&event.connection);
    kept->write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
    kept->pipe(kept);
  });
  const auto request = ask({.headers = {{"Connection", "Upgrade"}, {"Upgrade", "echo"}}});
  request->on<http::Upgraded>([this](const http::Upgraded& event) {
    net::Connection& connection = event.connection;
    connection.on<Data>([this](const Data& data) { body += data.chunk.text(); });
    connection.end("shouted");
  });
  request->end();
  run_until([this] { return body == "shouted" && closed == 1; });
}

TEST_F(ClientAndServerTest, AResponseIsWrittenByAPipeline) {
  serve([](IncomingMessage&, http::ServerResponse& response) {
    response.end(std::string(300'000, 'y'));
  });
  bool over = false;
  std::size_t size = 0;
  const auto request = http::get(loop, to_server(), [&](IncomingMessage& response) {
    const auto through = PassThrough::make(loop);
    through->on<Data>([&](const Data& data) { size += data.chunk.size(); });
    pipeline(Ref(&response), through, [&](const Error& error) {
      EXPECT_FALSE(error);
      over = true;
    });
  });
  run_until([&] { return over; });
  EXPECT_EQ(size, 300'000u);
}

}  // namespace
}  // namespace weir
