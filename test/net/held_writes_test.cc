// Writes that a socket holds back beyond the mark because the system has room for them: the calls
// they save, and that they are otherwise like all others.
#include "support/sending_test.h"
#include "support/small_sockets.h"
#include <weir/loop/stepped_clock.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <memory>
#include <random>
#include <string>

#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::net {
namespace {

constexpr std::size_t kChunk = 16 * 1024;  // the mark
constexpr int kLowat = 4096;

// Makes the system accept less than it reports as free.
void keep_little_unsent(int fd) {
  if (::setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kLowat, sizeof kLowat) != 0)
    throw std::runtime_error("no TCP_NOTSENT_LOWAT");
}

// The program's own descriptors that are connected to a port.
void keep_little_unsent_to(std::uint16_t port) {
  for (int fd = 3; fd < 100; ++fd) {
    sockaddr_in peer{};
    socklen_t length = sizeof peer;
    const bool connected = ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &length) == 0;
    if (connected && peer.sin_family == AF_INET && ntohs(peer.sin_port) == port)
      keep_little_unsent(fd);
  }
}

// Two ends of a connection: one for a Socket, one for the test.
struct Ends {
  int ours = -1;
  int peer = -1;

  static Ends of_unix() {
    int fds[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0) throw std::runtime_error("no pair");
    return {fds[0], fds[1]};
  }
  static Ends of_tcp() {
    const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = test::here(0);
    socklen_t length = sizeof address;
    auto* const name = reinterpret_cast<sockaddr*>(&address);
    Ends ends{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (::bind(listening, name, length) != 0 || ::listen(listening, 1) != 0 ||
        ::getsockname(listening, name, &length) != 0 || ::connect(ends.ours, name, length) != 0)
      throw std::runtime_error("no connection");
    ends.peer = ::accept(listening, nullptr, nullptr);
    ::close(listening);
    return ends;
  }

  std::string hear(std::size_t most) const {
    std::string text(most, '\0');
    const ssize_t count = ::recv(peer, text.data(), most, MSG_DONTWAIT);
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
  }
  // Bytes that the system has and the peer has not read.
  std::size_t under_way() const {
    int unsent = 0;
    int unheard = 0;
    ::ioctl(ours, SIOCOUTQ, &unsent);
    ::ioctl(peer, FIONREAD, &unheard);
    return static_cast<std::size_t>(unsent) + static_cast<std::size_t>(unheard);
  }
};

class HeldWritesTest : public test::SendingTest {
 protected:
  // Writes until write() returns false, continues on Drain, then ends.
  void write_all(Socket& socket, int count, std::function<void()> at_each = [] {}) {
    auto write_on = [this, &socket, at_each, left = count]() mutable {
      while (left > 0) {
        --left;
        const bool more = socket.write(chunk);
        at_each();
        if (!more) return;
      }
      if (!socket.writable_ended()) socket.end();
    };
    const auto shared = std::make_shared<decltype(write_on)>(write_on);
    socket.on<Drain>([shared] { (*shared)(); });
    (*shared)();
  }

  SteppedClock clock{loop};
  const Buffer chunk = Buffer::adopt(std::string(kChunk, 'c'));
};

// --- How many calls ---

// The number of writes sent together depends on their duration, but is at least two: a held write
// waits for a second one. SendAheadLimit's test covers the steps of its growth.
constexpr std::size_t most_calls(std::size_t count) { return count / 2 + 1; }

TEST_F(HeldWritesTest, GoOutTogetherWhereTheSystemHasRoom) {
  constexpr int kCount = 20;
  std::size_t written = 0;
  EXPECT_LE(calls_to_send(kCount * kChunk,
                          [&](Socket& socket) {
                            write_all(socket, kCount, [&] {
                              written += kChunk;
                              EXPECT_EQ(socket.writable_length(), 0u);
                              EXPECT_EQ(socket.bytes_written(), written);
                            });
                          }),
            most_calls(kCount));
}

TEST_F(HeldWritesTest, AreNoMoreThanIsWorthACall) {
  constexpr std::size_t kCount = 640;
  EXPECT_GE(calls_to_send(kCount * kChunk, [&](Socket& socket) { write_all(socket, int{kCount}); }),
            kCount * kChunk / ((std::size_t{512} << 10) + kChunk));
}

TEST_F(HeldWritesTest, NeverIncludeAWriteThatHasACallback) {
  constexpr std::size_t kCount = 10;
  std::function<void()> write_next;
  EXPECT_EQ(calls_to_send(kCount * kChunk,
                          [&](Socket& socket) {
                            write_next = [&, left = kCount]() mutable {
                              if (left-- == 0) return static_cast<void>(socket.end());
                              socket.write(chunk, [&](const Error&) { write_next(); });
                            };
                            write_next();
                          }),
            kCount);
}

TEST_F(HeldWritesTest, AreNotJoinedByLateWrites) {
  EXPECT_EQ(calls_to_send(9 * kChunk,
                          [&](Socket& socket) {
                            write_all(socket, 9,
                                      [this] { clock.skip(std::chrono::milliseconds(1)); });
                          }),
            5u);
}

TEST_F(HeldWritesTest, TheFirstOfACallbackIsSentAtOnce) {
  const Ends ends = Ends::of_unix();
  auto socket = Socket::make(loop, {.fd = ends.ours});
  loop.set_immediate([&] {
    socket->write(chunk);
    EXPECT_EQ(ends.hear(2 * kChunk).size(), kChunk);
    socket->destroy();
  });
  loop.run();
  ::close(ends.peer);
}

// --- Their end ---

TEST_F(HeldWritesTest, AreSentBeforeTheSocketIsDestroyed) {
  EXPECT_EQ(calls_to_send(3 * kChunk,
                          [&](Socket& socket) {
                            for (int i = 0; i < 3; ++i) socket.write(chunk);
                            socket.destroy();
                          }),
            2u);
}

TEST_F(HeldWritesTest, AreSentBeforeTheLoopIsDestroyed) {
  const Ends ends = Ends::of_unix();
  {
    Loop own;
    const auto socket = Socket::make(own, {.fd = ends.ours});
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(socket->write(chunk));
    EXPECT_EQ(socket->bytes_written(), 3 * kChunk);
  }
  EXPECT_EQ(ends.hear(4 * kChunk).size(), 3 * kChunk);
  ::close(ends.peer);
}

TEST_F(HeldWritesTest, FailAsAnErrorAfterThePeerHasClosed) {
  const Ends ends = Ends::of_unix();
  auto socket = watched(Socket::make(loop, {.allow_half_open = true, .fd = ends.ours}), "c");
  socket->pause();
  EXPECT_TRUE(socket->write(chunk));
  EXPECT_TRUE(socket->write(chunk));
  ::close(ends.peer);
  socket->end(logs["c"].callback("end"));
  loop.run();
  EXPECT_EQ(log_of("c"), "error(EPIPE) end(EPIPE) close(true)");
}

TEST_F(HeldWritesTest, AreAllSentBeforeAnEndInAConnectListener) {
  constexpr std::size_t kSize = std::size_t{3} << 18;
  std::size_t got = 0;
  serve([&](Socket& s) {
    s.on<Socket::Data>([&](const Socket::Data& data) { got += data.chunk.size(); });
  });
  auto c = client();
  c->once<Connect>([&] {
    keep_little_unsent_to(port);
    for (std::size_t sent = 0; sent < kSize; sent += kChunk) c->write(chunk);
    c->end();
  });
  run();
  EXPECT_EQ(got, kSize);
  EXPECT_EQ(log_of("c"), "connect ready prefinish finish end close(false)");
}

TEST_F(HeldWritesTest, CountAsWrittenAfterADestroyInTheirMidst) {
  const Ends ends = Ends::of_tcp();
  keep_little_unsent(ends.ours);
  auto socket = Socket::make(loop, {.allow_half_open = true, .fd = ends.ours});
  for (int turn = 0; turn < 10; ++turn) {
    for (int i = 0; i < 60 && socket->write(chunk); ++i) continue;
    loop.poll();
  }
  const std::uint64_t before = socket->bytes_written() - socket->writable_length();
  socket->destroy();
  loop.run();
  EXPECT_GE(socket->bytes_written(), before);
  ::close(ends.peer);
}

// --- How much they are ---

TEST_F(HeldWritesTest, AreNoneWhereTheSystemIsFull) {
  constexpr int kCount = 100;
  const auto listening = create_server(loop);
  listening->listen({.fd = test::small_listener()});
  const test::SmallClient peer(listening->address()->port);
  Ref<Socket> socket;
  int written = 0;
  listening->on<ConnectionEvent>([&](const ConnectionEvent& event) {
    socket = event.socket;
    write_all(*socket, kCount, [&] { ++written; });
  });
  for (int turn = 0; turn < 100; ++turn) loop.poll();
  EXPECT_LT(written, 10);
  EXPECT_EQ(socket->writable_length(), kChunk);
  std::size_t heard = 0;
  for (int turn = 0; heard < kCount * kChunk && turn < 100'000; ++turn) {
    heard += peer.hear(kChunk).size();
    loop.poll();
  }
  EXPECT_EQ(heard, kCount * kChunk);
  EXPECT_EQ(written, kCount);
  socket->destroy();
  listening->close();
  loop.run();
}

TEST_F(HeldWritesTest, AreFewWhereTheSystemTakesLessThanItReports) {
  const Ends ends = Ends::of_tcp();
  keep_little_unsent(ends.ours);
  auto socket = Socket::make(loop, {.allow_half_open = true, .fd = ends.ours});
  std::size_t written = 0;
  const auto write_on = [&] {
    do written += kChunk;
    while (socket->write(chunk));
  };
  socket->on<Drain>(write_on);
  write_on();
  // The amount taken before there is a waiter does not show the amount taken afterwards.
  for (int turn = 0; turn < 100; ++turn) loop.poll();
  std::size_t heard = ends.hear(std::size_t{8} << 20).size();
  std::size_t most = 0;
  for (int turn = 0; turn < 3000; ++turn) {
    heard += ends.hear(8 * 1024).size();
    loop.poll();
    most = std::max(most, written - std::min(written, heard + ends.under_way()));
  }
  EXPECT_GT(heard, std::size_t{10} << 20);
  EXPECT_LE(most, 8 * kChunk);
  socket->destroy();
  ::close(ends.peer);
  loop.run();
}

// --- Random programs ---

// The number of programs; more if the environment asks for it.
unsigned programs() {
  const char* const said = std::getenv("WEIR_SOCKET_PROGRAMS");
  return said ? static_cast<unsigned>(std::atoi(said)) : 100;
}

class AnyWritesTest : public HeldWritesTest, public testing::WithParamInterface<unsigned> {
 protected:
  int dice(int sides) { return static_cast<int>(random() % static_cast<unsigned>(sides)); }

  std::string text(int most) {
    next = next == 'z' ? 'a' : static_cast<char>(next + 1);
    std::string made(static_cast<std::size_t>(dice(most)), next);
    sent += made;
    return made;
  }

  void make_socket() {
    ends = dice(3) == 0 ? Ends::of_unix() : Ends::of_tcp();
    if (dice(3) == 0) {
      const int size = 4096 << dice(6);
      ::setsockopt(ends.ours, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    }
    if (dice(3) == 0)  // not of a unix socket
      ::setsockopt(ends.ours, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kLowat, sizeof kLowat);
    socket = Socket::make(loop, {.high_water_mark = dice(4) == 0 ? dice(70'000) : 16 * 1024,
                                 .allow_half_open = dice(2) == 0,
                                 .fd = ends.ours});
    socket->on<Drain>([this] {
      act();
      act();
    });
    socket->on<Socket::Data>([this] { act(); });
    socket->on<Finish>([this] { ++finishes; });
    socket->on<Error>([this] { act(); });
    socket->on<Close>([this] {
      ++closes;
      act();
    });
  }

  void act(int depth = 0) {
    if (ended || socket->destroyed() || depth > 10) return;
    switch (dice(40)) {
      case 0:
        return end();
      case 1:
        if (dice(3) == 0) socket->destroy();
        return;
      case 2:
        if (dice(3) == 0) socket->reset_and_destroy();
        return;
      case 3:
      case 4:
        socket->cork();
        act(depth + 1);
        act(depth + 1);
        return socket->uncork();
      case 5:
        return static_cast<void>(socket->pause());
      case 6:
        socket->resume();
        return;
      case 7:
        return clock.skip(std::chrono::milliseconds(1));
      default:
        if (dice(4) > 0) return static_cast<void>(socket->write(Buffer::adopt(text(60'000))));
        ++asked;
        socket->write(text(40'000), [this, depth](const Error&) {
          ++called;
          if (dice(2) == 0) act(depth + 1);
        });
    }
  }

  void end() {
    ended = true;
    socket->end(text(dice(2) == 0 ? 1 : 100'000), [this](const Error&) { ++end_calls; });
  }

  // The peer may read, talk, stop talking or go.
  void peer_acts() {
    if (!peer_is_there) return;
    if (dice(2) == 0) heard += ends.hear(dice(3) == 0 ? 300'000 : 1000);
    if (dice(10) == 0) ::send(ends.peer, "hey", 3, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (dice(100) == 0) ::shutdown(ends.peer, SHUT_WR);
    if (dice(200) == 0) {
      ::close(ends.peer);
      peer_is_there = false;
    }
  }

  void finish() {
    if (!ended && !socket->destroyed()) end();
    for (int turn = 0; turn < 20'000 && !socket->destroyed() && finishes == 0; ++turn) {
      if (peer_is_there) heard += ends.hear(300'000);
      loop.poll();
    }
    const bool whole = finishes > 0 && peer_is_there;
    for (int turn = 0; whole && heard.size() < sent.size() && turn < 2000; ++turn) {
      heard += ends.hear(300'000);
      loop.poll();
    }
    socket->destroy();
    loop.run();
    EXPECT_EQ(called, asked);
    EXPECT_EQ(end_calls, ended ? 1 : 0);
    EXPECT_EQ(closes, 1);
    EXPECT_LE(finishes, 1);
    EXPECT_TRUE(sent.starts_with(heard));
    if (whole) {
      EXPECT_EQ(heard.size(), sent.size());
      EXPECT_EQ(socket->bytes_written(), sent.size());
    }
    if (peer_is_there) ::close(ends.peer);
  }

  std::mt19937 random{GetParam()};
  Ends ends;
  Ref<Socket> socket;
  std::string sent;
  std::string heard;
  char next = 'a';
  int asked = 0;
  int called = 0;
  int finishes = 0;
  int closes = 0;
  int end_calls = 0;
  bool ended = false;
  bool peer_is_there = true;
};

INSTANTIATE_TEST_SUITE_P(Seeds, AnyWritesTest, testing::Range(0u, programs()));

TEST_P(AnyWritesTest, AreCalledBackOnceAndArriveInOrder) {
  make_socket();
  for (int turn = 0; turn < 60; ++turn) {
    if (dice(2) == 0) act();
    if (dice(3) == 0)
      loop.set_immediate([this] {
        for (int count = dice(6); count > 0; --count) act();
      });
    if (dice(3) == 0) loop.next_tick([this] { act(); });
    peer_acts();
    loop.poll();
  }
  finish();
}

}  // namespace
}  // namespace weir::net
