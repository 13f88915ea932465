// A socket's system options, and whether it keeps the loop running.
#include "support/net_test.h"

#include <functional>
#include <string>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace weir::net {
namespace {

// The process's descriptor of the socket that has this port here.
int descriptor_at(std::uint16_t port) {
  for (int fd = 0; fd < 1024; ++fd) {
    sockaddr_in here{};
    socklen_t length = sizeof here;
    sockaddr_in there{};
    socklen_t other_length = sizeof there;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&here), &length) == 0 &&
        here.sin_family == AF_INET && ntohs(here.sin_port) == port &&
        ::getpeername(fd, reinterpret_cast<sockaddr*>(&there), &other_length) == 0)
      return fd;
  }
  return -1;
}

int option(int fd, int level, int name) {
  int value = -1;
  socklen_t length = sizeof value;
  return ::getsockopt(fd, level, name, &value, &length) == 0 ? value : -1;
}

class SocketOptionsTest : public test::NetTest {
 protected:
  // Looks at the client's descriptor when it is connected, and ends it.
  void when_connected(Socket& c, std::function<void(int fd)> look) {
    c.resume();
    c.on<Ready>([&c, look = std::move(look)] {
      look(descriptor_at(c.local_address()->port));
      c.end();
    });
  }
};

TEST_F(SocketOptionsTest, AreOffUnlessAskedFor) {
  serve([](Socket& s) { s.resume(); });
  when_connected(*client(), [](int fd) {
    EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_NODELAY), 0);
    EXPECT_EQ(option(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
  });
  run();
}

TEST_F(SocketOptionsTest, AreRememberedUntilItIsConnected) {
  serve([](Socket& s) { s.resume(); });
  auto c = client();
  c->set_no_delay();
  c->set_keep_alive(true, std::chrono::seconds(7));
  when_connected(*c, [](int fd) {
    EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
    EXPECT_EQ(option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
    EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_KEEPIDLE), 7);
  });
  run();
}

TEST_F(SocketOptionsTest, ProbesHaveAnIntervalAndACount) {
  serve([](Socket& s) { s.resume(); });
  auto c = client();
  c->set_keep_alive(true, std::chrono::seconds(7), std::chrono::seconds(3), 5);
  when_connected(*c, [&](int fd) {
    EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_KEEPIDLE), 7);
    EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_KEEPINTVL), 3);
    EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_KEEPCNT), 5);
    c->set_keep_alive(true, std::chrono::seconds(8));
    EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_KEEPIDLE), 8);
    EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_KEEPINTVL), 1);
    EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_KEEPCNT), 10);
    c->set_keep_alive(true, {}, {}, 4);
    EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_KEEPIDLE), 8);
    EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_KEEPCNT), 4);
  });
  run();
}

TEST_F(SocketOptionsTest, ATypeOfServiceIsSetOnThePackets) {
  serve([](Socket& s) { s.resume(); });
  auto c = client({.socket = {.type_of_service = 0x10}});
  EXPECT_EQ(c->type_of_service(), 0x10);
  when_connected(*c, [&](int fd) {
    EXPECT_EQ(option(fd, IPPROTO_IP, IP_TOS), 0x10);
    c->set_type_of_service(0x20);
    EXPECT_EQ(option(fd, IPPROTO_IP, IP_TOS), 0x20);
    EXPECT_EQ(c->type_of_service(), 0x20);
  });
  run();
}

TEST_F(SocketOptionsTest, ATypeOfServiceOutsideOfAByteIsRefused) {
  const auto socket = Socket::make(loop);
  EXPECT_EQ(socket->type_of_service(), 0);
  for (const int wrong : {-1, 256}) {
    EXPECT_EQ(test::name_of(test::thrown_by([&] { socket->set_type_of_service(wrong); })),
              "ERR_OUT_OF_RANGE");
    EXPECT_EQ(
        test::name_of(test::thrown_by([&] { Socket::make(loop, {.type_of_service = wrong}); })),
        "ERR_OUT_OF_RANGE");
  }
  socket->set_type_of_service(255);
  EXPECT_EQ(socket->type_of_service(), 255);
  socket->destroy();
}

TEST_F(SocketOptionsTest, CanBeChangedWhileItIsConnected) {
  serve([](Socket& s) { s.resume(); });
  auto c = client({.socket = {.no_delay = true, .keep_alive = true}});
  when_connected(*c, [&](int fd) {
    EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
    EXPECT_EQ(option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
    c->set_no_delay(false);
    c->set_keep_alive(false);
    EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_NODELAY), 0);
    EXPECT_EQ(option(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
  });
  run();
}

TEST_F(SocketOptionsTest, AServerSetsThemForAcceptedConnections) {
  serve(
      [](Socket& s) {
        s.resume();
        // The other end has the two ports the other way round.
        const int fd = descriptor_at(s.local_address()->port);
        EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
        EXPECT_EQ(option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
        s.end();
      },
      {.no_delay = true, .keep_alive = true});
  client()->resume();
  run();
}

TEST_F(SocketOptionsTest, AnUnreferencedSocketLetsTheLoopEndAndAReferencedOneDoesNot) {
  serve([](Socket& s) {
    s.unref();
    s.resume();
  });
  server->unref();
  auto c = client();
  c->resume();
  c->on<Ready>([&] { c->unref(); });
  loop.run();
  EXPECT_EQ(log_of("c"), "connect ready");
  EXPECT_FALSE(c->destroyed());
  c->ref();
  loop.set_immediate([&] { c->end(); });
  loop.run();
  EXPECT_EQ(log_of("c"), "prefinish finish end close(false)");
}

TEST_F(SocketOptionsTest, AServerOnIpv6IsReachedThere) {
  server = create_server(loop, [](Socket& s) { s.end("x"); });
  bool refused = false;
  server->on<Error>([&](const Error&) { refused = true; });
  server->listen(0, "::1");
  loop.poll();
  if (refused) GTEST_SKIP() << "there is no IPv6 here";
  EXPECT_EQ(server->address()->family, Family::ipv6);
  EXPECT_EQ(to_string(*server->address()), "[::1]:" + std::to_string(server->address()->port));
  auto c = watched(connect(loop, server->address()->port, "::1"), "c");
  c->resume();
  c->on<Ready>([&] { EXPECT_EQ(c->remote_address()->address, "::1"); });
  run();
  EXPECT_EQ(c->bytes_read(), 1u);
}

TEST_F(SocketOptionsTest, ANameOfThisMachineIsLookedUp) {
  server = create_server(loop, [](Socket& s) { s.end("x"); });
  server->listen(0);
  auto c = watched(connect(loop, server->address()->port, "localhost"), "c");
  std::string looked_up;
  c->once<Lookup>([&](const Lookup& lookup) { looked_up = lookup.host; });
  c->resume();
  run();
  EXPECT_EQ(looked_up, "localhost");
  EXPECT_EQ(c->bytes_read(), 1u);
}

}  // namespace
}  // namespace weir::net
