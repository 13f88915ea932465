#include "support/net_test.h"
#include <weir/loop/stepped_clock.h>

#include <string>

#include <gtest/gtest.h>

namespace weir::net {
namespace {

using std::chrono_literals::operator""s;

// The server's side reads when the test says so.
class StallTimeoutTest : public test::NetTest {
 protected:
  void connect_and_fill() {
    serve([this](Socket& accepted) {
      accepted.pause();
      peer = Ref(&accepted);
    });
    socket = client();
    until([&] { return peer && !socket->connecting(); });
    // More than the system's buffers hold.
    for (int i = 0; i < 64; ++i) socket->write(std::string(1 << 20, 'x'));
    turn();
  }
  void turn() {
    for (int i = 0; i < 50; ++i) loop.poll();
  }
  void TearDown() override {
    socket->destroy();
    if (peer) peer->destroy();
    peer = nullptr;
    server->close();
    loop.run();
  }

  SteppedClock clock{loop};
  Ref<Socket> peer;
  Ref<Socket> socket;
};

TEST_F(StallTimeoutTest, APeerThatReadsNothingIsGivenUp) {
  connect_and_fill();
  socket->set_stall_timeout(40s);
  clock.pass(39s);
  EXPECT_FALSE(socket->destroyed());
  clock.pass(11s);
  EXPECT_TRUE(socket->destroyed());
  turn();
  EXPECT_EQ(log_of("c"), "connect ready error(ETIMEDOUT) close(true)");
  EXPECT_STREQ(socket->errored().what(), "ETIMEDOUT: connection timed out, write");
}

TEST_F(StallTimeoutTest, APeerThatReadsALittleNowAndThenIsNot) {
  connect_and_fill();
  socket->set_stall_timeout(40s);
  std::size_t received = 0;
  peer->on<Data>([&](const Data& data) { received += data.chunk.size(); });
  for (int i = 0; i < 4; ++i) {
    peer->resume();
    const std::size_t before = received;
    until([&] { return received > before + (4 << 20); });
    peer->pause();
    turn();
    clock.pass(35s);
    EXPECT_FALSE(socket->destroyed()) << i;
  }
}

TEST_F(StallTimeoutTest, WithoutDataThatWaitsTheTimeDoesNotCount) {
  serve([this](Socket& accepted) { peer = Ref(&accepted); });
  socket = client();
  until([&] { return peer && !socket->connecting(); });
  socket->set_stall_timeout(1s);
  socket->write("a");
  turn();
  clock.pass(100s);
  EXPECT_FALSE(socket->destroyed());
}

TEST_F(StallTimeoutTest, ZeroTurnsItOff) {
  connect_and_fill();
  socket->set_stall_timeout(40s);
  socket->set_stall_timeout(0s);
  clock.pass(1000s);
  EXPECT_FALSE(socket->destroyed());
  EXPECT_THROW(socket->set_stall_timeout(-1s), Error);
}

}  // namespace
}  // namespace weir::net
