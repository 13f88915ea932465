#include "support/http_test.h"

#include "support/coro_test.h"
#include <weir/coro/handler.h>
#include <weir/coro/http.h>
#include <weir/coro/net.h>
#include <weir/coro/read.h>
#include <weir/coro/try.h>
#include <weir/coro/write.h>

#include <stdexcept>
#include <string>

#include <fmt/format.h>

namespace weir {
namespace {

using namespace std::chrono_literals;
using http::IncomingMessage;
using http::ServerResponse;

class CoroHttpTest : public test::CoroTest {
 protected:
  void TearDown() override {
    if (server) {
      server->close_all_connections();
      if (server->listening()) server->close();
    }
    http::global_agent(loop)->destroy();
    loop.run();
  }
  template <class F>
  void serve(F function) {
    server = http::create_server(loop, co::handler(std::move(function)));
    server->listen(0, "127.0.0.1");
  }
  std::string url(std::string_view path = "/") {
    return fmt::format("http://127.0.0.1:{}{}", server->address()->port, path);
  }
  void log_uncaught() {
    loop.on_uncaught([&](const std::exception_ptr& thrown) {
      try {
        std::rethrow_exception(thrown);
      } catch (const std::exception& error) {
        log.add(error.what());
      }
    });
  }

  // Turns the loop until this is logged. Returns the log.
  std::string until_logged(std::string_view entry) {
    std::string all;
    while (all.find(entry) == std::string::npos) {
      loop.poll();
      const std::string more = log.take();
      if (!all.empty() && !more.empty()) all += ' ';
      all += more;
    }
    return all;
  }

  Ref<http::Server> server;
};

TEST_F(CoroHttpTest, GetsAResponseAndItsBody) {
  serve([](IncomingMessage& request, ServerResponse& response) -> Task<> {
    co_await co::print(response, "asked for {}", request.url());
    co_await co::end(response);
  });
  co::run(loop, [&]() -> Task<> {
    const auto response = co_await co::get(loop, url("/x"));
    EXPECT_EQ(response->status_code(), 200);
    EXPECT_EQ(co_await co::text(*response), "asked for /x");
  });
}

TEST_F(CoroHttpTest, SendsABody) {
  serve([](IncomingMessage& request, ServerResponse& response) -> Task<> {
    const std::string body = co_await co::text(request);
    EXPECT_EQ(request.method(), "PUT");
    co_await co::end(response, body);
  });
  co::run(loop, [&]() -> Task<> {
    http::RequestOptions options;
    options.method = "PUT";
    const auto response = co_await co::request(loop, url(), std::move(options), "the body");
    EXPECT_EQ(co_await co::text(*response), "the body");
  });
}

TEST_F(CoroHttpTest, StreamsABodyBothWays) {
  serve([](IncomingMessage& request, ServerResponse& response) -> Task<> {
    auto chunks = co::chunks(request);
    while (auto chunk = co_await chunks.next()) co_await co::write(response, *std::move(chunk));
    co_await co::end(response);
  });
  const std::string piece(10'000, 'x');
  co::run(loop, [&]() -> Task<> {
    auto upload = http::request(loop, url(), {.method = "POST"});
    auto response = co::response(*upload);
    co::spawn(loop, [upload, &piece]() -> Task<> {
      for (int i = 0; i < 100; ++i) co_await co::write(*upload, piece);
      upload->end();
    });
    const auto answer = co_await std::move(response);
    std::size_t length = 0;
    auto chunks = co::chunks(*answer);
    while (const auto chunk = co_await chunks.next()) length += chunk->size();
    EXPECT_EQ(length, 1'000'000u);
  });
}

TEST_F(CoroHttpTest, ATextThatIsTooLongCanBeAnswered) {
  serve([](IncomingMessage& request, ServerResponse& response) -> Task<> {
    const auto body = co_await co::try_(co::text(request, 5));
    EXPECT_EQ(body.error(), Errc::out_of_range);
    response.write_head(413);
    co_await co::end(response, "too long");
  });
  co::run(loop, [&]() -> Task<> {
    http::RequestOptions options;
    options.method = "PUT";
    const auto response = co_await co::request(loop, url(), std::move(options), "0123456789");
    EXPECT_EQ(response->status_code(), 413);
    EXPECT_EQ(co_await co::text(*response), "too long");
  });
}

TEST_F(CoroHttpTest, ARefusedConnectionIsThrown) {
  serve([](IncomingMessage&, ServerResponse&) -> Task<> { co_return; });
  const std::string gone = url();
  server->close();
  spawn([&, gone]() -> Task<> { co_await co::get(loop, gone); });
  EXPECT_EQ(after_run(), "!ECONNREFUSED");
  spawn([&]() -> Task<> { co_await co::get(loop, "no url"); });
  EXPECT_EQ(after_run(), "!ERR_INVALID_URL");
}

TEST_F(CoroHttpTest, AStopDestroysTheRequest) {
  serve([](IncomingMessage&, ServerResponse&) -> Task<> { co_return; });
  spawn([&]() -> Task<> { co_await co::get(loop, url()); });
  loop.set_timeout(5ms, [&] {
    stop.request_stop();
    server->close();
  });
  EXPECT_EQ(after_run(), "!ABORT_ERR");
}

TEST_F(CoroHttpTest, AHandlerThatThrowsIsAnsweredWith500) {
  log_uncaught();
  serve([this](IncomingMessage&, ServerResponse&) -> Task<> {
    co_await co::sleep(loop, 1ms);
    throw std::runtime_error("of the handler");
  });
  co::run(loop, [&]() -> Task<> {
    const auto response = co_await co::get(loop, url());
    log.add(std::to_string(response->status_code()));
    co_await co::text(*response);
  });
  EXPECT_EQ(log.take(), "of the handler 500");
}

TEST_F(CoroHttpTest, AHandlerThatThrowsAtOnceIsAnsweredWith500) {
  log_uncaught();
  serve([](IncomingMessage&, ServerResponse&) -> Task<> {
    throw std::runtime_error("at once");
    co_return;
  });
  co::run(loop, [&]() -> Task<> {
    const auto response = co_await co::get(loop, url());
    log.add(std::to_string(response->status_code()));
    co_await co::text(*response);
  });
  EXPECT_EQ(log.take(), "at once 500");
}

TEST_F(CoroHttpTest, AHandlerThatThrowsAfterTheHeadResetsTheConnection) {
  log_uncaught();
  serve([this](IncomingMessage&, ServerResponse& response) -> Task<> {
    co_await co::written(response, "a part");
    co_await co::sleep(loop, 1ms);
    throw std::runtime_error("of the handler");
  });
  spawn([&]() -> Task<> {
    const auto response = co_await co::get(loop, url());
    co_await co::text(*response);
  });
  EXPECT_EQ(until_logged("!"), "of the handler !ECONNRESET");
}

TEST_F(CoroHttpTest, AClientThatLeavesEndsTheHandlersWaits) {
  log_uncaught();
  serve([this](IncomingMessage&, ServerResponse& response) -> Task<> {
    co_await co::written(response, "a part");
    try {
      co_await co::sleep(loop, 1h);
    } catch (const Error& error) {
      log.add(test::name_of(error));
      throw;
    }
  });
  co::run(loop, [&]() -> Task<> {
    const auto response = co_await co::get(loop, url());
    co_await co::read(*response);
    response->destroy();
  });
  EXPECT_EQ(until_logged("ABORT"), "ABORT_ERR");
  loop.poll();
  EXPECT_EQ(log.take(), "");
}

TEST_F(CoroHttpTest, AClientThatLeavesDuringItsBodyIsNoUncaughtError) {
  for (const bool resets : {false, true}) {
    log_uncaught();
    serve([this](IncomingMessage& request, ServerResponse& response) -> Task<> {
      const auto body = co_await co::try_(co::text(request));
      log.add(body ? "a body" : "cut off");
      response.write_head(500);
      co_await co::end(response, "not stored");
    });
    co::run(loop, [&]() -> Task<> {
      const auto client = co_await co::connect(loop, server->address()->port, "127.0.0.1");
      co_await co::written(*client, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\npart");
      co_await co::sleep(loop, 1ms);
      resets ? client->reset_and_destroy() : client->destroy();
    });
    EXPECT_EQ(until_logged("cut off"), "cut off");
    server->close();
    loop.run();
    EXPECT_EQ(log.take(), "");
  }
}

TEST_F(CoroHttpTest, AResponseThatIsCutOffIsThrown) {
  serve([](IncomingMessage&, ServerResponse& response) -> Task<> {
    co_await co::written(response, "a part");
    response.connection()->destroy();
  });
  spawn([&]() -> Task<> {
    const auto response = co_await co::get(loop, url());
    co_await co::text(*response);
  });
  EXPECT_EQ(until_logged("!"), "!ECONNRESET");
}

}  // namespace
}  // namespace weir
