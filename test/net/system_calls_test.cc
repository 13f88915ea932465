// How often a socket asks the system to send.
#include "support/system_calls.h"

#include "support/net_test.h"
#include "support/small_sockets.h"

#include <cstddef>
#include <functional>
#include <string>

#include <gtest/gtest.h>

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

TEST_F(SystemCallsTest, WhatTheSystemHasRoomForMayGoBeyondTheMarkInOneCall) {
  constexpr std::size_t kSize = 10'000;
  EXPECT_EQ(calls_to_send(30 * kSize,
                          [](Socket& socket) {
                            for (std::size_t i = 1; i <= 30; ++i) {
                              EXPECT_TRUE(socket.gather_up_to(i * kSize + 1));
                              socket.write(Buffer::adopt(std::string(kSize, 'b')));
                            }
                            socket.end();
                          }),
            1u);
}

TEST_F(SystemCallsTest, TheNextMarkIsTheUsualOneAgain) {
  EXPECT_EQ(calls_to_send(100'000,
                          [](Socket& socket) {
                            EXPECT_TRUE(socket.gather_up_to(60'000));
                            for (int i = 0; i < 5; ++i)
                              socket.write(Buffer::adopt(std::string(20'000, 'b')));
                            socket.end();
                          }),
            3u);
}

TEST_F(SystemCallsTest, NothingIsHeldBackForASystemThatIsFullOrNotConnected) {
  const auto listening = create_server(loop);
  listening->listen({.fd = test::small_listener()});
  Ref<Socket> served;
  listening->on<ConnectionEvent>([&](const ConnectionEvent& event) { served = event.socket; });
  const auto connecting = connect(loop, listening->address()->port, "127.0.0.1");
  EXPECT_FALSE(connecting->gather_up_to(1));
  while (!served) loop.poll();
  connecting->pause();
  EXPECT_FALSE(served->gather_up_to(1'000'000));  // never had that much
  served->write(std::string(1'000'000, 'x'));
  EXPECT_FALSE(served->gather_up_to(1));
  connecting->destroy();
  served->destroy();
  EXPECT_FALSE(served->gather_up_to(1));
  listening->close();
  loop.run();
}

}  // namespace
}  // namespace weir::net
