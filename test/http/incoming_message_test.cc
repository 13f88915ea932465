#include <weir/http/incoming_message.h>

#include "support/http_test.h"
#include <weir/stream/writable.h>

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir::http {
namespace {

class IncomingMessageTest : public test::HttpTest {
 protected:
  static std::string post(std::string_view lines, std::string_view body) {
    return fmt::format("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{}\r\n{}", lines, body);
  }
  // Logs the body and its end, and answers then.
  void echo_to_log(IncomingMessage& request, ServerResponse& response) {
    log.listen_to_data(static_cast<Readable&>(request), "q.");
    request.on<End>([this, &request, &response] {
      log.add(request.complete() ? "complete" : "incomplete");
      response.end();
    });
  }
};

TEST_F(IncomingMessageTest, HasTheFieldsOfTheRequest) {
  serve([this](auto& request, auto& response) {
    log.add(fmt::format("{} {} {} {} {}", request.method(), request.url(), request.http_version(),
                        request.headers().get("x-a").value_or("?"), request.headers().size()));
    log.add(request.connection().remote_address()->address);
    response.end();
  });
  ask(get("/a?b", "X-A: 1\r\nx-a: 2\r\n"));
  EXPECT_EQ(log.take(), "GET /a?b 1.1 1, 2 4 127.0.0.1");
}

TEST_F(IncomingMessageTest, HasABodyOfAKnownLength) {
  serve([this](auto& q, auto& r) { echo_to_log(q, r); });
  ask(post("Content-Length: 5\r\n", "hello"));
  EXPECT_EQ(log.take(), "q.data(hello) complete");
}

TEST_F(IncomingMessageTest, HasABodyInChunksAndTrailers) {
  serve([this](auto& q, auto& r) {
    echo_to_log(q, r);
    q.template on<End>([this, &q] { log.add(q.trailers().get("x-t").value_or("none")); });
  });
  ask(post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n1\r\nd\r\n0\r\nX-T: v\r\n\r\n"));
  EXPECT_EQ(log.take(), "q.data(abc) q.data(d) complete v");
}

TEST_F(IncomingMessageTest, IsPipedBackAsItComes) {
  serve([](auto& request, auto& response) { request.pipe(Ref(&response)); });
  EXPECT_EQ(ask(post("Content-Length: 2\r\n", "ab")),
            kClosing + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n");
}

TEST_F(IncomingMessageTest, AnUploadThatIsCutOffIsAborted) {
  serve([this](auto& q, auto& r) {
    watch(q, r);
    q.resume();
  });
  test::RawClient& client = connect(post("Content-Length: 5\r\n", "ab"));
  run_until([this] { return server->connections() > 0; });
  run_until([&] { return client.socket->writable_length() == 0; });
  loop.poll();
  client.socket->destroy();
  run_until([this] { return server->connections() == 0; });
  loop.poll();
  EXPECT_EQ(log.take(), "q.aborted r.close q.error(ECONNRESET) q.close");
}

TEST_F(IncomingMessageTest, WithoutAListenerAnAbortIsNoError) {
  Ref<IncomingMessage> request;
  serve([&](auto& q, auto&) { request = Ref(&q); });
  test::RawClient& client = connect(post("Content-Length: 5\r\n", "ab"));
  run_until([&] { return request; });
  client.socket->destroy();
  run_until([&] { return request->closed(); });
  EXPECT_TRUE(request->aborted());
  EXPECT_FALSE(request->complete());
}

TEST_F(IncomingMessageTest, DestroyTakesTheConnectionWithIt) {
  serve([this](auto& q, auto& r) {
    watch(q, r);
    q.destroy(Error("qd"));
    EXPECT_TRUE(q.aborted());
  });
  EXPECT_EQ(ask(get("/")), "");
  loop.poll();
  EXPECT_EQ(log.take(), "q.aborted r.close q.error(qd) q.close");
}

TEST_F(IncomingMessageTest, AnUnreadBodyIsDroppedOnceItIsAnswered) {
  int requests = 0;
  serve([&](auto&, auto& response) {
    ++requests;
    response.end("a");
  });
  const std::string body(1'000'000, 'b');
  EXPECT_NE(ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + body + get("/2"))
                .find(kClosing),
            std::string::npos);
  EXPECT_EQ(requests, 2);
}

TEST_F(IncomingMessageTest, OneThatWasAnsweredEarlyMayOutliveItsConnection) {
  Ref<IncomingMessage> request;
  serve([&](auto& q, auto& response) {
    request = Ref(&q);
    response.end("a");
  });
  test::RawClient& client = connect("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab");
  run_until([&] { return client.heard.ends_with("a"); });
  client.socket->end("cd" + get("/2"));
  run_until([&] { return client.closed && server->connections() == 0; });
  EXPECT_TRUE(request->complete());
  request->read();
  request->resume();
  loop.poll();
}

TEST_F(IncomingMessageTest, AnUnreadBodyStaysWithTheSender) {
  Ref<IncomingMessage> request;
  Ref<ServerResponse> response;
  serve([&](auto& q, auto& r) {
    request = Ref(&q);
    response = Ref(&r);
  });
  constexpr std::size_t kSize = 20'000'000;
  test::RawClient& client =
      connect(post("Content-Length: 20000000\r\n", "") + std::string(kSize, 'b'));
  run_until([&] { return request; });
  for (int i = 0; i < 200; ++i) loop.poll();
  EXPECT_LT(request->readable_length(), 300'000u);
  EXPECT_GT(client.socket->writable_length(), 0u);
  std::size_t read = 0;
  request->on<Data>([&](const Data& data) { read += data.chunk.size(); });
  request->on<End>([&] { response->end(); });
  run_until([&] { return client.closed; });
  EXPECT_EQ(read, kSize);
}

TEST_F(IncomingMessageTest, LinesBeyondTheirNumberAreDropped) {
  serve(
      [this](auto& q, auto& r) {
        log.add(fmt::to_string(q.headers().size()));
        r.end();
      },
      {.max_headers_count = 2});
  ask(get("/", "A: 1\r\nB: 2\r\n"));
  EXPECT_EQ(log.take(), "2");
}

// --- Its signal ---

TEST_F(IncomingMessageTest, ItsSignalStopsWhenTheClientDisconnectsBeforeTheResponse) {
  for (const bool reads : {false, true}) {
    std::stop_token signal;
    int stops = 0;
    std::optional<std::stop_callback<std::function<void()>>> on_stop;
    serve([&](auto& request, auto&) {
      if (reads) request.resume();
      signal = request.signal();
      EXPECT_EQ(request.signal(), signal);
      on_stop.emplace(signal, [&] { ++stops; });
    });
    test::RawClient& client = connect(keeping("/"));
    run_until([&] { return signal.stop_possible(); });
    EXPECT_FALSE(signal.stop_requested());
    client.socket->destroy();
    run_until([&] { return signal.stop_requested(); });
    EXPECT_EQ(stops, 1);
    server->close();
  }
}

TEST_F(IncomingMessageTest, ItsSignalStopsWhenItIsDestroyed) {
  std::stop_token signal;
  serve([&](auto& request, auto&) {
    signal = request.signal();
    request.destroy();
    EXPECT_TRUE(signal.stop_requested());
  });
  ask(get("/"));
  EXPECT_TRUE(signal.stop_requested());
}

TEST_F(IncomingMessageTest, ItsSignalDoesNotStopOnceItIsAnswered) {
  std::stop_token signal;
  Ref<IncomingMessage> kept;
  serve([&](auto& request, auto& response) {
    kept = Ref(&request);
    signal = request.signal();
    response.end("x");
  });
  ask(get("/"));
  run_until([&] { return kept->closed(); });
  EXPECT_FALSE(signal.stop_requested());
}

TEST_F(IncomingMessageTest, ASignalThatIsRequestedLaterHasTheCurrentState) {
  std::vector<Ref<IncomingMessage>> requests;
  Ref<ServerResponse> unanswered;
  serve([&](auto& request, auto& response) {
    requests.push_back(Ref(&request));
    request.resume();
    if (request.url() == "/answered")
      response.end("x");
    else
      unanswered = Ref(&response);
  });
  ask(get("/answered"));
  test::RawClient& client = connect(keeping("/left"));
  run_until([&] { return requests.size() == 2 && requests[1]->closed(); });
  client.socket->destroy();
  run_until([&] { return unanswered->closed(); });
  EXPECT_FALSE(requests[0]->signal().stop_requested());
  EXPECT_TRUE(requests[1]->signal().stop_requested());
}

}  // namespace
}  // namespace weir::http
