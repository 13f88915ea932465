#include "support/net_test.h"
#include <weir/loop/stepped_clock.h>

#include <cstddef>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::net {
namespace {

using FlushTest = test::NetTest;

// The bytes that the descriptor has received and that are not read.
std::size_t unread(int fd) {
  int bytes = 0;
  if (::ioctl(fd, FIONREAD, &bytes) != 0) throw std::runtime_error("no FIONREAD");
  return static_cast<std::size_t>(bytes);
}

// Writes that reach the mark without a callback may complete before they are sent.
TEST_F(FlushTest, CallsBackWhenTheSystemHasAllBytes) {
  const SteppedClock clock(loop);  // they are held back for a time
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const auto socket = Socket::make(loop, {.fd = ends[0]});
  std::size_t written = 0;
  for (; written < 65536; written += 16384) socket->write(std::string(16384, 'x'));
  bool flushed = false;
  socket->flush([&](const Error& error) {
    EXPECT_FALSE(error);
    EXPECT_EQ(unread(ends[1]), written);
    flushed = true;
    socket->destroy();
  });
  EXPECT_LT(unread(ends[1]), written) << "nothing was held back";
  loop.run();
  EXPECT_TRUE(flushed);
  ::close(ends[1]);
}

TEST_F(FlushTest, OfASocketThatIsConnectingWaits) {
  serve([](Socket& peer) { peer.resume(); });
  const auto socket = client();
  socket->write("a");
  socket->flush([&](const Error& error) {
    EXPECT_FALSE(error);
    EXPECT_EQ(socket->bytes_written(), 1u);
    socket->end();
  });
  run();
  EXPECT_EQ(log_of("c"), "connect ready prefinish finish end close(false)");
}

TEST_F(FlushTest, FailsWithTheSocket) {
  serve([](Socket& peer) { peer.destroy(); });
  const auto socket = client();
  Error failed;
  int calls = 0;
  socket->on<Connect>([&] {
    socket->flush([&](const Error&) {
      socket->destroy();
      socket->flush([&](const Error& error) {
        ++calls;
        failed = error;
      });
    });
  });
  run();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(failed.name(), "ERR_STREAM_DESTROYED");
}

TEST_F(FlushTest, ASocketHasNoSync) {
  serve([](Socket& peer) { peer.resume(); });
  const auto socket = client();
  socket->sync([&](const Error& error) {
    EXPECT_EQ(error.name(), "ERR_METHOD_NOT_IMPLEMENTED");
    socket->end("a");
  });
  run();
  EXPECT_EQ(log_of("c"), "connect ready prefinish finish end close(false)");
}

}  // namespace
}  // namespace weir::net
