// How often a socket asks the system to send.
#include "support/system_calls.h"

#include "support/net_test.h"
#include "support/small_sockets.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::net {
namespace {

class SystemCallsTest : public test::NetTest {
 protected:
  // Of what the client sends, until all of it has arrived.
  std::size_t calls_to_send(std::size_t size, std::function<void(Socket&)> sends) {
    std::size_t got = 0;
    serve([&](Socket& s) {
      s.on<Socket::Data>([&](const Socket::Data& data) { got += data.chunk.size(); });
    });
    auto c = client();
    const std::size_t before = test::system_calls().sendmsg;
    c->on<Ready>([&] { sends(*c); });
    run();
    EXPECT_EQ(got, size);
    return test::system_calls().sendmsg - before;
  }
};

TEST_F(SystemCallsTest, AMillionSmallMessagesNeedACallForAHundred) {
  constexpr std::size_t kCount = 1'000'000;
  const std::string message(100, 'm');
  std::size_t written = 0;
  const std::function<void(Socket&)> write_on = [&](Socket& socket) {
    while (written < kCount) {
      ++written;
      if (!socket.write(message)) return;
    }
    socket.end();
  };
  const std::size_t calls = calls_to_send(kCount * message.size(), [&](Socket& socket) {
    socket.on<Drain>([&] { write_on(socket); });
    write_on(socket);
  });
  RecordProperty("calls", static_cast<int>(calls));
  EXPECT_LE(calls, kCount / 100);
}

TEST_F(SystemCallsTest, AllThatATickWritesIsOneCall) {
  EXPECT_EQ(calls_to_send(5000,
                          [](Socket& socket) {
                            for (int i = 0; i < 50; ++i) socket.write(std::string(100, 'm'));
                            socket.end();
                          }),
            1u);
}

TEST_F(SystemCallsTest, LargeBuffersGoTogetherAndAreNotCopied) {
  EXPECT_EQ(calls_to_send(30'010,
                          [](Socket& socket) {
                            socket.cork();
                            socket.write("head ");
                            for (int i = 0; i < 3; ++i)
                              socket.write(Buffer::adopt(std::string(10'000, 'b')));
                            socket.write(" tail");
                            socket.end();
                          }),
            1u);
}

// Chunks of which each is as large as the mark.
constexpr std::size_t kChunk = 16 * 1024;

class HeldWritesTest : public SystemCallsTest {
 protected:
  // Writes until write() says to stop, and goes on when it drains; then ends.
  void write_all(Socket& socket, int count, std::function<void()> at_each = [] {}) {
    auto write_on = [this, &socket, at_each, left = count]() mutable {
      while (left > 0) {
        --left;
        const bool more = socket.write(chunk);
        at_each();
        if (!more) return;
      }
      socket.end();
    };
    const auto shared = std::make_shared<decltype(write_on)>(write_on);
    socket.on<Drain>([shared] { (*shared)(); });
    (*shared)();
  }

  const Buffer chunk = Buffer::adopt(std::string(kChunk, 'c'));
};

TEST_F(HeldWritesTest, GoOutTogetherWhereTheSystemHasRoom) {
  constexpr int kCount = 20;
  std::size_t written = 0;
  EXPECT_EQ(calls_to_send(kCount * kChunk,
                          [&](Socket& socket) {
                            write_all(socket, kCount, [&] {
                              written += kChunk;
                              EXPECT_EQ(socket.writable_length(), 0u);
                              EXPECT_EQ(socket.bytes_written(), written);
                            });
                          }),
            1u);
}

TEST_F(HeldWritesTest, AreNoMoreThanTheSystemTakesAtOnce) {
  constexpr std::size_t kCount = 640;
  const std::size_t calls =
      calls_to_send(kCount * kChunk, [&](Socket& socket) { write_all(socket, int{kCount}); });
  EXPECT_GE(calls, kCount * kChunk >> 20);
  EXPECT_LE(calls, kCount / 2);
}

TEST_F(HeldWritesTest, AreNoneOfThoseThatSomebodyIsCalledBackFor) {
  constexpr std::size_t kCount = 10;
  std::function<void()> write_next;
  EXPECT_EQ(calls_to_send(kCount * kChunk,
                          [&](Socket& socket) {
                            write_next = [&, left = kCount]() mutable {
                              if (left-- == 0) return socket.end();
                              socket.write(chunk, [&](const Error&) { write_next(); });
                            };
                            write_next();
                          }),
            kCount);
}

TEST_F(HeldWritesTest, AreNotHeldForWhatTakesLong) {
  constexpr int kCount = 10;
  const auto work = [] {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(1);
    while (std::chrono::steady_clock::now() < end) continue;
  };
  EXPECT_EQ(
      calls_to_send(kCount * kChunk, [&](Socket& socket) { write_all(socket, kCount, work); }),
      kCount / 2);
}

TEST_F(HeldWritesTest, AreSentBeforeTheSocketIsDestroyed) {
  EXPECT_EQ(calls_to_send(2 * kChunk,
                          [&](Socket& socket) {
                            socket.write(chunk);
                            socket.write(chunk);
                            socket.destroy();
                          }),
            1u);
}

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

TEST_F(HeldWritesTest, FailAsAnErrorWhereThePeerHasGone) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  auto socket = watched(Socket::make(loop, {.fd = ends[0], .allow_half_open = true}), "c");
  socket->pause();
  ::close(ends[1]);
  EXPECT_TRUE(socket->write(chunk));
  loop.run();
  EXPECT_EQ(log_of("c"), "error(EPIPE) close(true)");
}

}  // namespace
}  // namespace weir::net
