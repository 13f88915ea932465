// How often a socket asks the system to send.
#include "support/sending_test.h"

#include <cstddef>
#include <functional>
#include <string>

#include <gtest/gtest.h>

namespace weir::net {
namespace {

using SystemCallsTest = test::SendingTest;

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

}  // namespace
}  // namespace weir::net
