// Why a connection is not read now.
#include "http/reading_gate.h"

#include "support/loop_test.h"
#include <weir/net/socket.h>

#include <gtest/gtest.h>

namespace weir::http {
namespace {

using Reason = ReadingGate::Reason;

class ReadingGateTest : public test::LoopTest {
 protected:
  ReadingGateTest() {
    socket->on<Pause>([this] { ++pauses; });
  }
  ~ReadingGateTest() override { socket->destroy(); }

  // Whether the connection is paused then.
  bool applied() {
    gate.apply(*socket);
    return socket->is_paused();
  }

  const Ref<net::Socket> socket = net::Socket::make(loop);
  ReadingGate gate;
  int pauses = 0;
};

TEST_F(ReadingGateTest, EachReasonHoldsUntilItIsReleased) {
  for (const Reason reason : {Reason::body, Reason::output, Reason::requests}) {
    gate.hold(reason);
    EXPECT_TRUE(applied());
    gate.release(reason);
    EXPECT_FALSE(applied());
  }
  EXPECT_EQ(pauses, 3);
}

TEST_F(ReadingGateTest, TheLastReasonThatIsReleasedResumes) {
  gate.hold(Reason::body);
  EXPECT_TRUE(applied());
  gate.hold(Reason::output);
  gate.hold(Reason::output);
  EXPECT_TRUE(applied());
  gate.release(Reason::body);
  EXPECT_TRUE(applied());
  gate.release(Reason::output);
  EXPECT_FALSE(applied());
  EXPECT_EQ(pauses, 1);
}

// So a program that pauses the connection itself is not resumed by a gate that never held it.
TEST_F(ReadingGateTest, WithoutAReasonTheConnectionStaysAsItIs) {
  socket->pause();
  gate.release(Reason::body);
  EXPECT_TRUE(applied());
}

}  // namespace
}  // namespace weir::http
