#include <weir/coro/net.h>

#include "support/coro_test.h"
#include "support/heap.h"
#include "support/temporary_folder.h"
#include <weir/coro/event.h>
#include <weir/coro/fs.h>
#include <weir/coro/handler.h>
#include <weir/coro/read.h>
#include <weir/coro/try.h>
#include <weir/coro/when.h>
#include <weir/coro/write.h>
#include <weir/fs/read_stream.h>
#include <weir/fs/write_stream.h>
#include <weir/net/server.h>

#include <coroutine>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

namespace weir {
namespace {

using namespace std::chrono_literals;

class CoroNetTest : public test::CoroTest {
 protected:
  void listen(Ref<net::Server> made) {
    server = std::move(made);
    server->listen(0, "127.0.0.1");
    port = server->address()->port;
  }
  Task<Ref<net::Socket>> connect() { return co::connect(loop, port, "127.0.0.1"); }

  Ref<net::Server> server;
  std::uint16_t port = 0;
};

TEST_F(CoroNetTest, AnEchoOfLines) {
  listen(net::create_server(loop, co::handler([](net::Socket& socket) -> Task<> {
                              auto lines = co::lines(socket);
                              while (const auto line = co_await lines.next())
                                co_await co::print(socket, "{}!\n", *line);
                            })));
  co::run(loop, [&]() -> Task<> {
    const auto socket = co_await connect();
    auto lines = co::lines(*socket);
    for (const char* text : {"one", "two"}) {
      co_await co::print(*socket, "{}\n", text);
      log.add(*co_await lines.next());
    }
    co_await co::end(*socket);
    EXPECT_FALSE(co_await lines.next());
    server->close();
  });
  EXPECT_EQ(log.take(), "one! two!");
  loop.run();
}

TEST_F(CoroNetTest, AServerIsASequenceOfSockets) {
  listen(net::create_server(loop));
  spawn([&]() -> Task<> {
    auto sockets = co::accept(loop, *server);
    for (int i = 0; i < 3; ++i) {
      const auto socket = co_await sockets.next();
      log.add((co_await co::read(**socket))->text());
      co_await co::end(**socket);
    }
    server->close();
    EXPECT_FALSE(co_await sockets.next());
    log.add("closed");
  });
  for (const char* name : {"a", "b", "c"})
    co::run(loop, [&]() -> Task<> {
      const auto socket = co_await connect();
      co_await co::write(*socket, name);
      EXPECT_FALSE(co_await co::read(*socket));
    });
  EXPECT_EQ(after_run(), "a b c closed");
}

class SharedSocketsTest : public CoroNetTest {
 protected:
  void SetUp() override {
    listen(net::create_server(loop));
    sockets.emplace(co::accept(loop, *server));
  }
  // Takes connections, without another wait, until the server has closed.
  Task<> take_all(std::string name) {
    while (const auto socket = co_await sockets->next()) {
      log.add(name);
      (*socket)->destroy();
    }
    log.add(name + " is over");
  }
  // They come in one turn of the loop.
  void connect_at_once(int count) {
    std::vector<Ref<net::Socket>> clients;
    for (int i = 0; i < count; ++i) clients.push_back(net::connect(loop, port, "127.0.0.1"));
    co::run(loop, [&]() -> Task<> {
      for (const auto& client : clients) EXPECT_FALSE(co_await co::read(*client));
    });
  }

  std::optional<Sockets<net::Socket>> sockets;
};

TEST_F(SharedSocketsTest, EachConnectionGoesToOneOfTheCoroutinesThatWait) {
  spawn([&] { return take_all("one"); });
  spawn([&] { return take_all("two"); });
  connect_at_once(2);
  connect_at_once(1);
  EXPECT_EQ(log.take(), "one two one");
  server->close();
  EXPECT_EQ(after_run(), "two is over one is over");
}

TEST_F(SharedSocketsTest, AConnectionOnItsWayToACoroutineCannotBeTakenByAnother) {
  spawn([&] { return take_all("one"); });
  server->once<net::ConnectionEvent>([&] { spawn([&] { return take_all("two"); }); });
  connect_at_once(1);
  EXPECT_EQ(log.take(), "one");
  server->close();
  EXPECT_EQ(after_run(), "two is over one is over");
}

// A coroutine that begins at once and is destroyed by its owner.
struct Owned {
  struct promise_type {
    Owned get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_always final_suspend() const noexcept { return {}; }
    void return_void() const {}
    void unhandled_exception() const { std::terminate(); }
  };
  std::coroutine_handle<promise_type> handle;
};

TEST_F(SharedSocketsTest, AConnectionOnItsWayToACoroutineThatIsDestroyedComesBack) {
  const auto take_one = [&]() -> Owned {
    co_await sockets->next();
    log.add("not reached");
  };
  const Owned first = take_one();
  // Its tick comes before the coroutine's.
  server->prepend_once<net::ConnectionEvent>(
      [&] { loop.next_tick([&] { first.handle.destroy(); }); });
  spawn([&] { return take_all("second"); });
  connect_at_once(1);
  EXPECT_EQ(log.take(), "second");
  server->close();
  EXPECT_EQ(after_run(), "second is over");
}

TEST_F(SharedSocketsTest, WaitsThatAreStoppedLeaveNothing) {
  if (!test::counts_the_heap()) GTEST_SKIP();
  const auto wait_until_stopped = [&] {
    std::stop_source own;
    co::spawn(loop, [&]() -> Task<> { co_await sockets->next(); }, own.get_token());
    own.request_stop();
    loop.poll();
  };
  wait_until_stopped();
  const std::size_t before = test::heap_in_use();
  for (int i = 0; i < 10'000; ++i) wait_until_stopped();
  EXPECT_LT(test::heap_in_use() - before, 10'000u);
  server->close();
  loop.run();
}

TEST_F(SharedSocketsTest, TheirEndEndsTheWaits) {
  spawn([&] { return take_all("one"); });
  sockets.reset();
  server->close();
  EXPECT_EQ(after_run(), "!ERR_STREAM_PREMATURE_CLOSE");
}

TEST_F(CoroNetTest, AcceptThrowsTheServersError) {
  listen(net::create_server(loop));
  auto second = net::create_server(loop);
  spawn([&]() -> Task<> {
    auto sockets = co::accept(loop, *second);
    second->listen(port, "127.0.0.1");
    co_await sockets.next();
  });
  server->unref();
  EXPECT_EQ(after_run(), "!EADDRINUSE");
  server->close();
}

TEST_F(CoroNetTest, SocketsThatNoCoroutineTakesAreDestroyed) {
  listen(net::create_server(loop));
  {
    auto sockets = co::accept(loop, *server);
    co::run(loop, [&]() -> Task<> {
      const auto socket = co_await connect();
      while (server->connections() == 0) co_await co::yield(loop);
      socket->destroy();
    });
  }
  server->close();
  loop.run();
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(CoroNetTest, ConnectThrowsTheError) {
  listen(net::create_server(loop));
  server->close();
  spawn([&]() -> Task<> { co_await connect(); });
  EXPECT_EQ(after_run(), "!ECONNREFUSED");
}

TEST_F(CoroNetTest, ConnectThrowsWhatItsArgumentsThrow) {
  spawn([&]() -> Task<> { co_await co::connect(loop, 70'000); });
  EXPECT_EQ(log.take(), "!ERR_SOCKET_BAD_PORT");
}

TEST_F(CoroNetTest, AStopWhileItConnectsDestroysTheSocket) {
  net::LookupDone pending;
  spawn([&]() -> Task<> {
    net::ConnectOptions options;
    options.port = 1;
    options.lookup = [&](std::string, net::Family, net::LookupDone done) {
      pending = std::move(done);
    };
    co_await co::connect(loop, std::move(options));
  });
  stop.request_stop();
  EXPECT_EQ(after_run(), "!ABORT_ERR");
  pending = nullptr;
}

TEST_F(CoroNetTest, AResetByThePeerIsThrown) {
  listen(net::create_server(loop, [](net::Socket& socket) { socket.reset_and_destroy(); }));
  spawn([&]() -> Task<> {
    const auto socket = co_await connect();
    auto chunks = co::chunks(*socket);
    co_await chunks.next();
  });
  server->unref();
  EXPECT_EQ(after_run(), "!ECONNRESET");
  server->close();
}

TEST_F(CoroNetTest, AReadCanTimeOut) {
  listen(net::create_server(loop, [](net::Socket&) {}));
  co::run(loop, [&]() -> Task<> {
    const auto socket = co_await connect();
    const auto first = co_await co::when_any(co::read(*socket), co::sleep(loop, 1ms));
    EXPECT_EQ(first.index(), 1u);
    socket->destroy();
    server->close();
  });
  loop.run();
}

TEST_F(CoroNetTest, AHandlerThatThrowsResetsItsConnection) {
  loop.on_uncaught([&](const std::exception_ptr& thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
      log.add(error.what());
    }
    server->close();
  });
  listen(net::create_server(loop, co::handler([](net::Socket& socket) -> Task<> {
                              co_await co::read(socket);
                              throw std::runtime_error("of the handler");
                            })));
  spawn([&]() -> Task<> {
    const auto socket = co_await connect();
    co_await co::write(*socket, "x");
    auto chunks = co::chunks(*socket);
    co_await chunks.next();
  });
  EXPECT_EQ(after_run(), "of the handler !ECONNRESET");
}

TEST_F(CoroNetTest, AClientThatResetsIsNoUncaughtError) {
  bool has_ended = false;
  listen(net::create_server(loop, co::handler([&](net::Socket& socket) -> Task<> {
                              const auto read = co_await co::try_(co::read(socket));
                              has_ended = true;
                              server->close();
                              if (!read) throw Error(read.error());
                              co_await co::read(socket);
                            })));
  co::run(loop, [&]() -> Task<> {
    const auto socket = co_await connect();
    while (server->connections() == 0) co_await co::yield(loop);
    socket->reset_and_destroy();
  });
  loop.run();
  EXPECT_TRUE(has_ended);
}

TEST_F(CoroNetTest, AClientThatResetsAfterTheHandlerIsNoUncaughtError) {
  listen(net::create_server(loop, co::handler([](net::Socket& socket) -> Task<> {
                              co_await co::write(socket, "hello");
                            })));
  co::run(loop, [&]() -> Task<> {
    const auto socket = co_await connect();
    co_await co::read(*socket);
    socket->reset_and_destroy();
    server->close();
  });
  loop.run();
}

TEST_F(CoroNetTest, LooksUpAnAddress) {
  const auto addresses = co::run(loop, co::lookup(loop, "127.0.0.1"));
  ASSERT_FALSE(addresses.empty());
  EXPECT_EQ(addresses.front().address, "127.0.0.1");
}

class CoroFileTest : public test::CoroTest {
 protected:
  test::TemporaryFolder folder;
};

TEST_F(CoroFileTest, WritesAndReadsManyLines) {
  const std::string path = folder.path("lines.txt");
  co::run(loop, [&]() -> Task<> {
    auto out = fs::create_write_stream(loop, path);
    for (int i = 0; i < 200'000; ++i) co_await co::print(*out, "Line {}\n", i);
    co_await co::end(*out);
  });
  const int count = co::run(loop, [&]() -> Task<int> {
    auto in = fs::create_read_stream(loop, path);
    auto lines = co::lines(*in);
    int number = 0;
    while (const auto line = co_await lines.next()) {
      EXPECT_EQ(*line, "Line " + std::to_string(number));
      ++number;
    }
    co_return number;
  });
  EXPECT_EQ(count, 200'000);
}

TEST_F(CoroFileTest, AFileThatCannotBeOpenedThrows) {
  const std::string path = folder.path("missing/file");
  spawn([&]() -> Task<> {
    auto out = fs::create_write_stream(loop, path);
    co_await co::print(*out, "x");
    co_await co::end(*out);
  });
  EXPECT_EQ(after_run(), "!ENOENT");
  spawn([&]() -> Task<> {
    auto out = fs::create_write_stream(loop, path);
    co_await co::print(*out, "x");
    co_await co::sleep(loop, 20ms);
    log.add("slept");
    co_await co::print(*out, "x");
  });
  EXPECT_EQ(after_run(), "slept !ENOENT");
  spawn([&]() -> Task<> {
    auto in = fs::create_read_stream(loop, path);
    co_await co::read(*in);
  });
  EXPECT_EQ(after_run(), "!ENOENT");
  spawn([&]() -> Task<> { co_await co::open(loop, path, "r"); });
  EXPECT_EQ(after_run(), "!ENOENT");
}

TEST_F(CoroFileTest, AHandleIsReadWrittenAndClosed) {
  const std::string path = folder.path("file");
  co::run(loop, [&]() -> Task<> {
    const auto file = co_await co::open(loop, path, "w+");
    EXPECT_EQ(co_await co::write(loop, *file, Buffer::copy("0123456789")), 10u);
    co_await co::sync(loop, *file);
    const Buffer part = co_await co::read(loop, *file, 4, 3);
    EXPECT_EQ(std::string(part.text()), "3456");
    co_await co::close(loop, *file);
    const auto closed = co_await co::try_(co::read(loop, *file, 1, 0));
    EXPECT_EQ(closed.error().name(), "EBADF");
  });
}

TEST_F(CoroFileTest, AFileThatIsOpenedAfterAStopIsClosed) {
  const std::string path = folder.path("file");
  loop.on_warning([&](const Warning& warning) { log.add(warning.name); });
  spawn([&]() -> Task<> { co_await co::open(loop, path, "w"); });
  stop.request_stop();
  EXPECT_EQ(after_run(), "!ABORT_ERR");
}

}  // namespace
}  // namespace weir
