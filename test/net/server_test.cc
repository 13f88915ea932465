#include <weir/net/server.h>

#include "support/net_test.h"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weir::net {
namespace {

class ServerTest : public test::NetTest {
 protected:
  void watch_server(Server& watched, const std::string& name) {
    test::EventLog& to = logs[name];
    watched.on<Listening>([&to] { to.add("listening"); });
    watched.on<Drop>([&to](const Drop& drop) { to.add("drop", drop.error); });
    watched.on<Error>([&to](const Error& error) { to.add("error", error); });
    watched.on<Close>([&to] { to.add("close"); });
  }
};

TEST_F(ServerTest, ReportsItsAddressAndClosesOnce) {
  auto a = create_server(loop);
  watch_server(*a, "a");
  EXPECT_EQ(a->address(), std::nullopt);
  a->listen(0, "127.0.0.1", [&] {
    EXPECT_TRUE(a->listening());
    EXPECT_EQ(a->address()->address, "127.0.0.1");
    EXPECT_EQ(test::name_of(test::thrown_by([&] { a->listen(1); })), "ERR_SERVER_ALREADY_LISTEN");
    a->close([&](const Error& error) {
      logs["a"].add("closed", error);
      a->close(logs["a"].callback("again"));
    });
  });
  loop.run();
  EXPECT_EQ(log_of("a"), "listening close closed close again(ERR_SERVER_NOT_RUNNING)");
}

TEST_F(ServerTest, ListensOnAllAddressesByDefault) {
  auto a = create_server(loop, [&](Socket& s) { s.end(); });
  a->listen(0);
  auto c = connect(loop, a->address()->port, "127.0.0.1");
  c->resume();
  c->on<Close>([&] { a->close(); });
  loop.run();
}

TEST_F(ServerTest, NamesAPortInUse) {
  auto a = create_server(loop);
  a->listen(0, "127.0.0.1");
  auto b = create_server(loop);
  Error why;
  b->on<Error>([&](const Error& error) {
    why = error;
    a->close();
  });
  b->listen(a->address()->port, "127.0.0.1");
  EXPECT_FALSE(b->listening());
  const std::string where = to_string(*a->address());
  loop.run();
  EXPECT_EQ(std::string(why.what()), "listen EADDRINUSE: address already in use " + where);
  EXPECT_EQ(why.name(), "EADDRINUSE");
}

TEST_F(ServerTest, NamesANameThatIsUnknownAndAPathThatIsNotThere) {
  std::vector<std::string> errors;
  for (const ListenOptions& options :
       {ListenOptions{.port = 0, .host = "nohost.invalid"}, ListenOptions{.path = "/no/such/x"},
        ListenOptions{.path = std::string(200, 'x')}}) {
    auto a = create_server(loop);
    a->on<Error>([&](const Error& error) { errors.emplace_back(error.name()); });
    a->listen(options);
    loop.run();
  }
  EXPECT_TRUE(errors.at(0) == "ENOTFOUND" || errors.at(0) == "EAI_AGAIN") << errors.at(0);
  EXPECT_EQ(errors.at(1), "ENOENT");
  EXPECT_EQ(errors.at(2), "ENAMETOOLONG");
}

TEST_F(ServerTest, RefusesInvalidPorts) {
  auto a = create_server(loop);
  EXPECT_EQ(test::name_of(test::thrown_by([&] { a->listen(99999); })), "ERR_SOCKET_BAD_PORT");
  EXPECT_EQ(test::name_of(test::thrown_by(
                [&] { a->listen({.path = std::string("\0x", 2), .readable_all = true}); })),
            "ERR_INVALID_ARG_VALUE");
}

TEST_F(ServerTest, ClosesWhenItsConnectionsHave) {
  serve([](Socket& s) { s.resume(); });
  watch_server(*server, "server");
  auto c = client();
  c->resume();
  server->on<ConnectionEvent>([&] {
    server->close();
    EXPECT_FALSE(server->listening());
    EXPECT_EQ(server->connections(), 1u);
    server->get_connections([&](std::size_t count) {
      EXPECT_EQ(count, 1u);
      EXPECT_EQ(log_of("server"), "listening");
      c->end();
    });
  });
  loop.run();
  EXPECT_EQ(log_of("server"), "close");
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(ServerTest, DropsAConnectionAboveTheLimit) {
  serve([](Socket& s) { s.resume(); });
  watch_server(*server, "server");
  server->set_max_connections(1);
  server->on<Drop>([&](const Drop& drop) { EXPECT_EQ(drop.local->port, port); });
  auto a = client({}, "a");
  a->on<Ready>([&] {
    auto b = client({}, "b");
    b->resume();
    b->on<Close>([&] {
      a->destroy();
      server->close();
    });
  });
  loop.run();
  EXPECT_EQ(log_of("server"), "listening drop close");
}

TEST_F(ServerTest, MayPauseAcceptedConnections) {
  std::string got;
  Ref<Socket> paused;
  serve(
      [&](Socket& s) {
        EXPECT_TRUE(s.is_paused());
        s.on<Socket::Data>([&](const Socket::Data& data) { got += data.chunk.text(); });
        paused = Ref(&s);
      },
      {.pause_on_connect = true});
  close_after_first();
  auto c = client();
  c->resume();
  c->end("x");
  until([&] { return paused && c->writable_finished(); });
  for (int turn = 0; turn < 20; ++turn) loop.poll();
  EXPECT_EQ(got, "");
  paused->resume();
  loop.run();
  EXPECT_EQ(got, "x");
}

TEST_F(ServerTest, LetsTheLoopEndWhenUnreferenced) {
  auto a = create_server(loop);
  a->listen(0, "127.0.0.1");
  a->unref();
  loop.run();
  EXPECT_TRUE(a->listening());
}

TEST_F(ServerTest, ClosesWhereItsSignalStops) {
  auto a = create_server(loop);
  watch_server(*a, "a");
  std::stop_source stop;
  a->listen({.signal = stop.get_token(), .port = 0, .host = "127.0.0.1"},
            [&] { stop.request_stop(); });
  loop.run();
  EXPECT_EQ(log_of("a"), "listening close");
}

TEST_F(ServerTest, OpensAUnixSocketToAllAndRemovesIt) {
  const std::string path = "/tmp/weir-server-test-" + std::to_string(::getpid());
  auto a = create_server(loop);
  a->listen({.path = path, .readable_all = true, .writable_all = true});
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0666u, 0666u);
  auto b = create_server(loop);
  b->on<Error>([&](const Error& error) {
    EXPECT_EQ(error.name(), "EADDRINUSE");
    a->close();
  });
  b->listen({.path = path});
  loop.run();
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

TEST_F(ServerTest, TakesABoundDescriptorOver) {
  auto bound = create_server(loop);
  bound->listen(0, "127.0.0.1");
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  auto a = create_server(loop, [](Socket& s) { s.end("x"); });
  a->listen({.fd = fd});
  bound->close();
  auto c = connect(loop, a->address()->port, "127.0.0.1");
  c->resume();
  c->on<Close>([&] { a->close(); });
  loop.run();
  EXPECT_EQ(c->bytes_read(), 1u);
}

TEST_F(ServerTest, StaysUpWithAFullDescriptorTable) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlimit small{100, limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &small), 0);
  serve([](Socket& s) { s.end("served"); });
  watch_server(*server, "server");
  std::vector<int> taken;
  loop.next_tick([&] {
    // The client has its descriptor, its other end will have none.
    auto second = client({}, "second");
    second->resume();
    loop.next_tick([&] {
      loop.next_tick([&] {
        for (int fd = 0; (fd = ::dup(STDERR_FILENO)) >= 0;) taken.push_back(fd);
      });
    });
    second->on<Close>([&] {
      for (const int fd : taken) ::close(fd);
      auto third = client({}, "third");
      third->resume();
      third->on<Close>([&] { server->close(); });
    });
  });
  loop.run();
  ASSERT_FALSE(taken.empty());
  EXPECT_EQ(log_of("server"), "listening drop(EMFILE) close");
  ::setrlimit(RLIMIT_NOFILE, &limit);
  EXPECT_EQ(log_of("third"), "connect ready end prefinish finish close(false)");
}

TEST_F(ServerTest, ReturnsItselfWhereNodeDoes) {
  auto a = create_server(loop, std::function<void(Socket&)>());
  Server& same = a->ref().unref().listen(0, "127.0.0.1").get_connections([](std::size_t) {});
  EXPECT_EQ(&same.ref().close(), a.get());
  loop.run();
}

TEST_F(ServerTest, RefusesAnEmptyCallbackOnlyWhereOneIsRequired) {
  auto a = create_server(loop);
  const std::function<void(std::size_t)> none;
  EXPECT_EQ(test::name_of(test::thrown_by([&] { a->get_connections(none); })),
            "ERR_INVALID_ARG_TYPE");
  a->listen(0, "127.0.0.1", std::function<void()>());
  a->close(std::function<void()>());
  loop.run();
  EXPECT_FALSE(a->listening());
}

TEST_F(ServerTest, SeveralListenAtOnePortWhereAllOfThemSaySo) {
  auto first = create_server(loop);
  first->listen({.port = 0, .host = "127.0.0.1", .reuse_port = true});
  const std::int64_t taken = first->address()->port;
  const auto outcome = [&](bool reuse_port) {
    std::string name = "listening";
    auto other = create_server(loop);
    other->on<Error>([&](const Error& error) { name = error.name(); });
    other->listen({.port = taken, .host = "127.0.0.1", .reuse_port = reuse_port});
    loop.poll();
    if (other->listening()) other->close();
    return name;
  };
  EXPECT_EQ(outcome(true), "listening");
  EXPECT_EQ(outcome(false), "EADDRINUSE");
  first->close();
  loop.run();
}

}  // namespace
}  // namespace weir::net
