#if __has_include(<asio.hpp>)
#include <asio/detail/config.hpp>
#endif
#ifdef ASIO_HAS_CO_AWAIT
#include "support/coro_test.h"
#include <weir/coro/asio.h>
#include <weir/coro/read.h>
#include <weir/coro/when.h>
#include <weir/coro/write.h>
#include <weir/stream/pass_through.h>

#include <memory>
#include <optional>
#include <string>
#include <system_error>

#include <asio.hpp>

namespace weir {
namespace {

using namespace std::chrono_literals;

class AsioTest : public test::CoroTest {
 protected:
  // Starts a coroutine of Asio that logs the name of the Error that it ends with.
  template <class F>
  void start(F function) {
    asio::co_spawn(context, std::move(function), [this](const std::exception_ptr& thrown) {
      if (!thrown) return;
      try {
        std::rethrow_exception(thrown);
      } catch (const Error& error) {
        log.add("!" + test::name_of(error));
      }
    });
  }
  // Runs both on this thread until they have no more work.
  std::string run_both() {
    bool has_work = true;
    while (has_work) {
      context.restart();
      const bool polled = context.poll() > 0;
      has_work = loop.poll() || polled || !context.stopped();
    }
    return log.take();
  }

  asio::io_context context;
};

TEST_F(AsioTest, ACoroutineOfAsioAwaitsThem) {
  auto stream = PassThrough::make(loop, {.high_water_mark = 8});
  start([&]() -> asio::awaitable<void> {
    co_await co::for_asio(co::sleep(loop, 1ms));
    co_await co::for_asio(co::write(*stream, "0123"));
    const auto chunk = co_await co::for_asio(co::read(*stream));
    log.add(chunk->text());
    asio::steady_timer timer(context, 1ms);
    co_await timer.async_wait(asio::use_awaitable);
    const auto task = []() -> Task<std::string> { co_return "a task"; };
    log.add(co_await co::for_asio(task()));
    loop.set_immediate([&] { stream->destroy(); });
    co_await co::for_asio(co::read(*stream));
    log.add("not reached");
  });
  EXPECT_EQ(run_both(), "0123 a task !ERR_STREAM_PREMATURE_CLOSE");
}

TEST_F(AsioTest, BackpressureHoldsACoroutineOfAsio) {
  auto stream = PassThrough::make(loop, {.high_water_mark = 64});
  constexpr int kLines = 1'000;
  start([&]() -> asio::awaitable<void> {
    for (int i = 0; i < kLines; ++i) {
      co_await co::for_asio(co::print(*stream, "Line {}\n", i));
      EXPECT_LE(stream->writable_length(), 64u);
    }
    stream->end();
  });
  int count = 0;
  spawn([&]() -> Task<> {
    auto lines = co::lines(*stream);
    while (co_await lines.next()) ++count;
  });
  run_both();
  EXPECT_EQ(count, kLines);
}

TEST_F(AsioTest, ACancellationStopsTheWait) {
  asio::cancellation_signal cancel;
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        try {
          co_await co::for_asio(co::sleep(loop, 1h));
        } catch (const Error& error) {
          log.add(test::name_of(error));
        }
      },
      asio::bind_cancellation_slot(cancel.slot(), asio::detached));
  context.poll();
  loop.set_timeout(1ms, [&] { cancel.emit(asio::cancellation_type::terminal); });
  EXPECT_EQ(run_both(), "ABORT_ERR");
}

TEST_F(AsioTest, ATaskAwaitsOperationsOfAsio) {
  asio::steady_timer timer(context, 1ms);
  asio::steady_timer cancelled(context, 1h);
  asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  asio::ip::tcp::socket client(context);
  spawn([&]() -> Task<> {
    co_await timer.async_wait(co::use_weir);
    log.add("waited");
    const auto serve = [&]() -> Task<> {
      asio::ip::tcp::socket socket = co_await acceptor.async_accept(co::use_weir);
      co_await asio::async_write(socket, asio::buffer("hello", 5), co::use_weir);
    };
    const auto connect = [&]() -> Task<> {
      co_await client.async_connect(acceptor.local_endpoint(), co::use_weir);
      std::string text(5, ' ');
      const std::size_t length =
          co_await asio::async_read(client, asio::buffer(text), co::use_weir);
      log.add(text.substr(0, length));
    };
    co_await co::when_all(serve(), connect());
    cancelled.cancel();
    asio::post(context, [&] { cancelled.cancel(); });
    try {
      co_await cancelled.async_wait(co::use_weir);
    } catch (const std::system_error& error) {
      log.add(error.code() == asio::error::operation_aborted ? "cancelled" : "another");
    }
  });
  EXPECT_EQ(run_both(), "waited hello cancelled");
}

TEST_F(AsioTest, AnOperationMayOutliveTheTaskThatAwaitsIt) {
  asio::steady_timer timer(context, 1h);
  const auto waits = [&]() -> Task<> { co_await timer.async_wait(co::use_weir); };
  EXPECT_THROW(co::run(loop, waits), Error);
  timer.cancel();
  EXPECT_EQ(context.run(), 1u);
}

TEST_F(AsioTest, TheContextsEndEndsTheWait) {
  std::optional<asio::io_context> other(std::in_place);
  const auto kept = std::make_shared<int>();
  co::spawn(loop, [&, kept]() -> Task<> {
    asio::steady_timer timer(*other, 1h);
    try {
      co_await timer.async_wait(co::use_weir);
    } catch (const std::system_error& error) {
      log.add(error.code() == asio::error::operation_aborted ? "aborted" : "another");
    }
  });
  EXPECT_EQ(kept.use_count(), 2);
  other.reset();
  EXPECT_EQ(log.take(), "aborted");
  EXPECT_EQ(kept.use_count(), 1);
}

TEST_F(AsioTest, AnOperationMayBeOverInItsInitiation) {
  const auto initiate = [](auto handler, int value) {
    std::move(handler)(std::error_code(), value);
  };
  co::run(loop, [&]() -> Task<> {
    EXPECT_EQ((co_await asio::async_initiate<const co::UseWeir, void(std::error_code, int)>(
                  initiate, co::use_weir, 7)),
              7);
  });
}

TEST_F(AsioTest, TheLoopsEndEndsTheWait) {
  std::optional<Loop> other(std::in_place);
  start([&]() -> asio::awaitable<void> { co_await co::for_asio(co::sleep(*other, 1h)); });
  context.poll();
  other.reset();
  EXPECT_EQ(run_both(), "!ABORT_ERR");
}

}  // namespace
}  // namespace weir
#endif
