#include "support/event_log.h"
#include "support/temporary_folder.h"
#include <weir/loop/loop_group.h>
#include <weir/net/server_group.h>
#include <weir/net/socket.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>

namespace weir::net {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;

constexpr std::size_t kLoopCounts[] = {1, 2, 4};

// Clients on a loop of their own, on a thread of the test's.
class ServerGroupTest : public testing::Test {
 protected:
  // Connects `count` times, sends "hello" and gets it back.
  static void expect_echoes(std::uint16_t port, int count) {
    Loop loop;
    int echoes = 0;
    for (int i = 0; i < count; ++i) {
      const auto socket = connect(loop, {.port = port, .host = "127.0.0.1"});
      socket->on<Data>([&echoes, &socket = *socket](const Data& data) {
        EXPECT_EQ(data.chunk.text(), "hello");
        ++echoes;
        socket.end();
      });
      socket->write("hello");
    }
    loop.run();
    EXPECT_EQ(echoes, count);
  }

  // Answers each piece on the thread of the server's loop, and counts the connections.
  auto echo(LoopGroup& loops) {
    return [this, &loops](Loop& loop) {
      const auto index = static_cast<std::size_t>(&loop - loops.begin());
      return create_server(loop, [this, &loop, index](Socket& socket) {
        ++connections[index];
        socket.on<Data>([&loop, &socket](const Data& data) {
          EXPECT_TRUE(loop.ticks().is_current());
          socket.write(data.chunk.text());
        });
      });
    };
  }

  std::atomic<int> connections[8] = {};
};

TEST_F(ServerGroupTest, EachLoopServesConnectionsOfOnePort) {
  constexpr int kConnections = 200;
  for (const std::size_t count : kLoopCounts) {
    SCOPED_TRACE(count);
    for (std::atomic<int>& number : connections) number = 0;
    LoopGroup loops(count);
    ServerGroup<> servers(loops, echo(loops));
    EXPECT_EQ(servers.size(), count);
    std::jthread clients;
    servers.listen(0, "127.0.0.1", [&] {
      EXPECT_TRUE(loops[0].ticks().is_current());
      clients = std::jthread([&, port = servers.address()->port] {
        expect_echoes(port, kConnections);
        servers.close();
      });
    });
    loops.run();
    clients.join();
    int all = 0;
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_GT(connections[i], 0) << "the system gives a loop no connection";
      all += connections[i];
    }
    EXPECT_EQ(all, kConnections);
  }
}

TEST_F(ServerGroupTest, CallsBackOnceAllListenAndOnceAllHaveClosed) {
  for (const std::size_t count : kLoopCounts) {
    LoopGroup loops(count);
    ServerGroup<> servers(loops, [](Loop& loop) { return create_server(loop); });
    test::EventLog log;
    servers.listen(0, "127.0.0.1", [&] {
      log.add("listening");
      servers.close([&](const Error& error) {
        EXPECT_TRUE(loops[0].ticks().is_current());
        log.add("closed", error);
      });
    });
    loops.run();
    EXPECT_EQ(log.take(), "listening closed");
    for (std::size_t i = 0; i < count; ++i) EXPECT_FALSE(servers[i].listening());
  }
}

TEST_F(ServerGroupTest, AnAddressInUseIsAnErrorOfTheFirstServerAlone) {
  Loop loop;
  const auto other = create_server(loop);
  other->listen(0, "127.0.0.1");
  LoopGroup loops(3);
  test::EventLog log;
  ServerGroup<> servers(loops, [&](Loop& own) {
    auto server = create_server(own);
    server->on<Error>([&](const Error& error) { log.add(std::string(error.name())); });
    return server;
  });
  servers.listen(other->address()->port, "127.0.0.1", [&] { log.add("listening"); });
  loops.run();
  EXPECT_EQ(log.take(), "EADDRINUSE");
  other->close();
  loop.run();
}

TEST_F(ServerGroupTest, AnErrorWithoutAListenerComesOutOfRun) {
  Loop loop;
  const auto other = create_server(loop);
  other->listen(0, "127.0.0.1");
  LoopGroup loops(3);
  ServerGroup<> servers(loops, [](Loop& own) { return create_server(own); });
  servers.listen(other->address()->port, "127.0.0.1");
  EXPECT_EQ(test::thrown_by([&] { loops.run(); }), std::errc::address_in_use);
  other->close();
  loop.run();
}

TEST_F(ServerGroupTest, AUnixSocketIsForOneLoopOnly) {
  const test::TemporaryFolder folder;
  LoopGroup loops(2);
  ServerGroup<> servers(loops, [](Loop& loop) { return create_server(loop); });
  EXPECT_EQ(test::thrown_by([&] { servers.listen({.path = folder.path("socket")}); }),
            Errc::invalid_arg_value);
  LoopGroup one(1);
  ServerGroup<> server(one, [](Loop& loop) { return create_server(loop); });
  server.listen({.path = folder.path("socket")}, [&] { server.close(); });
  one.run();
}

TEST_F(ServerGroupTest, SeveralLoopsAcceptFromOneGivenSocket) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  LoopGroup loops(2);
  ServerGroup<> servers(loops, echo(loops));
  std::jthread clients;
  servers.listen({.fd = fd}, [&] {
    clients = std::jthread([&, port = servers.address()->port] {
      expect_echoes(port, 20);
      servers.close();
    });
  });
  loops.run();
  clients.join();
  EXPECT_EQ(connections[0] + connections[1], 20);
}

TEST_F(ServerGroupTest, AGracefulCloseWaitsForConnectionsThatEnd) {
  LoopGroup loops(2);
  ServerGroup<> servers(loops, echo(loops));
  test::EventLog log;
  std::jthread clients;
  servers.listen(0, "127.0.0.1", [&] {
    clients = std::jthread([&, port = servers.address()->port] {
      Loop loop;
      const auto socket = connect(loop, {.port = port, .host = "127.0.0.1"});
      std::string got;
      socket->write("a");
      socket->on<Data>([&](const Data& data) {
        got += data.chunk.text();
        if (got == "a") {
          servers.close_gracefully(1h, [&](const Error& error) { log.add("closed", error); });
          socket->write("b");
        } else {
          socket->end();
        }
      });
      loop.run();
      EXPECT_EQ(got, "ab");
    });
  });
  loops.run();
  clients.join();
  EXPECT_EQ(log.take(), "closed");
}

TEST_F(ServerGroupTest, AGracefulCloseDestroysConnectionsWhenItsTimeIsOver) {
  LoopGroup loops(2);
  ServerGroup<> servers(loops, echo(loops));
  test::EventLog log;
  std::jthread clients;
  servers.listen(0, "127.0.0.1", [&] {
    clients = std::jthread([&, port = servers.address()->port] {
      Loop loop;
      // Connections that never end by themselves.
      for (int i = 0; i < 8; ++i) {
        const auto socket =
            connect(loop, {.port = port, .host = "127.0.0.1", .socket = {.allow_half_open = true}});
        socket->on<Error>([](const Error&) {});
        socket->on<End>([&socket = *socket] { socket.destroy(); });
        socket->on<Data>([&, once = i == 7](const Data&) mutable {
          if (std::exchange(once, false))
            servers.close_gracefully(20ms, [&](const Error& error) { log.add("closed", error); });
        });
        socket->write("a");
        socket->resume();
      }
      loop.run();
    });
  });
  loops.run();
  clients.join();
  EXPECT_EQ(log.take(), "closed");
}

}  // namespace
}  // namespace weir::net
