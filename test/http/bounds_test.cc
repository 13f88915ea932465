// Endless bodies and slow readers: buffers never exceed the marks, even over a long time.
#include "support/http_test.h"
#include "support/small_sockets.h"
#include <weir/http/request.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace weir::http {
namespace {

constexpr std::size_t kMark = 16 << 10;
constexpr std::size_t kConnectionMark = 64 << 10;
constexpr std::size_t kBodyChunk = 16 << 10;
constexpr std::size_t kFraming = 16;  // of a chunk
constexpr int kSteps = 5000;
// The bytes that a slow reader reads in the end, and its limit of steps: small buffers may be slow.
constexpr std::size_t kEnough = std::size_t{1} << 20;
constexpr int kMostSteps = 200 * kSteps;

class BoundsTest : public test::HttpTest {
 protected:
  // Answers each request without an end, at the speed of backpressure, over connections with small
  // system buffers unless `where` names another socket.
  void serve_endlessly(net::ListenOptions where) {
    server = create_server(loop, [this](auto&, ServerResponse& response) {
      endless = Ref(&response);
      response.on<Drain>([this] {
        ++drains;
        write_all();
      });
      write_all();
    });
    server->listen(std::move(where));
  }
  void serve_endlessly() { serve_endlessly({.fd = test::small_listener()}); }
  void write_all() {
    const std::string chunk(kBodyChunk, 'x');
    do written += kBodyChunk;
    while (endless->write(chunk));
  }

  Ref<ServerResponse> endless;
  int drains = 0;
  std::size_t written = 0;
};

TEST_F(BoundsTest, AnEndlessResponseToASlowReaderHoldsTheMarksAndAChunkEach) {
  serve_endlessly();
  const test::SmallClient client(server->address()->port);
  client.say(keeping("/"));
  run_until([this] { return endless; });
  std::size_t most = 0;
  std::size_t most_of_connection = 0;
  std::size_t read = 0;
  for (int step = 0; read <= kEnough && step < kMostSteps; ++step) {
    read += client.hear(700).size();
    loop.poll();
    most = std::max(most, endless->writable_length());
    most_of_connection = std::max(most_of_connection, endless->connection()->writable_length());
  }
  EXPECT_GT(read, kEnough);
  EXPECT_GT(drains, 50);
  EXPECT_GE(most, kMark);
  EXPECT_LE(most, kMark + kBodyChunk);
  EXPECT_LE(most_of_connection, kConnectionMark + kBodyChunk + 8 * kFraming);
  // Unread bytes are buffered by the response and, in small buffers, by the system.
  EXPECT_LE(written - read, most + kConnectionMark + kBodyChunk + (std::size_t{64} << 10));
}

TEST_F(BoundsTest, AReaderThatNeverComesStopsItForGood) {
  serve_endlessly();
  const test::SmallClient client(server->address()->port);
  client.say(keeping("/"));
  run_until([this] { return endless; });
  for (int turn = 0; turn < 100; ++turn) loop.poll();
  const std::size_t before = written;
  for (int turn = 0; turn < kSteps; ++turn) loop.poll();
  EXPECT_EQ(written, before);
  EXPECT_LE(endless->writable_length(), kMark + kBodyChunk);
  EXPECT_LE(endless->connection()->writable_length(), kConnectionMark + kBodyChunk + 8 * kFraming);
}

TEST_F(BoundsTest, AReaderThatNeverComesHoldsNoMoreWhereTheSystemTookMuchBefore) {
  serve_endlessly(net::ListenOptions{.port = 0, .host = "127.0.0.1"});
  test::RawClient& client = connect(keeping("/"));
  run_until([&] { return client.heard.size() > (std::size_t{4} << 20); });
  client.socket->pause();
  for (int turn = 0; turn < kSteps; ++turn) {
    loop.poll();
    ASSERT_LE(endless->writable_length(), kMark + kBodyChunk);
    ASSERT_LE(endless->connection()->writable_length(), kConnectionMark + 2 * kBodyChunk);
  }
}

TEST_F(BoundsTest, ALargeRequestToAServerThatReadsSlowlyHoldsTheMarksAndArrives) {
  constexpr std::size_t kCount = 1000;
  Ref<IncomingMessage> incoming;
  server = create_server(loop, [&](IncomingMessage& request, ServerResponse&) {
    incoming = Ref(&request);
    incoming->on<ReadableEvent>([] {});
  });
  server->listen({.fd = test::small_listener()});
  const auto request = http::request(
      loop,
      {.method = "POST", .port = server->address()->port, .host = "127.0.0.1", .own_agent = true});
  request->on<Error>([] {});
  const std::string chunk(kBodyChunk, 'x');
  std::size_t sent = 0;
  const auto write_on = [&] {
    while (sent < kCount * kBodyChunk) {
      sent += kBodyChunk;
      if (!request->write(chunk)) return;
    }
  };
  request->on<Drain>(write_on);
  write_on();
  for (int turn = 0; turn < kSteps; ++turn) loop.poll();
  EXPECT_LT(sent, kCount * kBodyChunk);
  std::size_t read = 0;
  for (int step = 0; read < kCount * kBodyChunk && step < kMostSteps; ++step) {
    if (const auto piece = incoming->read()) read += piece->size();
    loop.poll();
    ASSERT_LE(request->writable_length(), kMark + kBodyChunk);
  }
  EXPECT_EQ(read, kCount * kBodyChunk);
  request->destroy();
}

TEST_F(BoundsTest, AnEndlessResponseWithASlowConsumerHoldsTheMarksAndAReadEach) {
  constexpr std::size_t kRead = 64 << 10;  // the most that a socket reads at once
  serve_endlessly();
  Ref<IncomingMessage> response;
  const auto request =
      http::get(loop, {.port = server->address()->port, .host = "127.0.0.1", .own_agent = true},
                [&](IncomingMessage& incoming) {
                  response = Ref(&incoming);
                  incoming.on<ReadableEvent>([] {});
                });
  request->on<Error>([] {});
  run_until([&] { return response; });
  response->on<Error>([] {});
  std::size_t most = 0;
  std::size_t read = 0;
  for (int step = 0; read <= kEnough && step < kMostSteps; ++step) {
    if (const auto piece = response->read(700)) read += piece->size();
    loop.poll();
    most = std::max(most, response->readable_length() + response->connection().readable_length());
  }
  EXPECT_GT(read, kEnough);
  EXPECT_GE(most, kMark);
  EXPECT_LE(most, 2 * (kMark + kRead));
  EXPECT_LE(endless->writable_length(), kMark + kBodyChunk);
  request->destroy();
}

}  // namespace
}  // namespace weir::http
