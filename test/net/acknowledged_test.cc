// The number of bytes that the peer has acknowledged: distinguishes a slow reader from a stalled
// one.
#include "support/net_test.h"
#include "support/small_sockets.h"

#include <cstddef>
#include <cstdint>
#include <string>

#include <gtest/gtest.h>

namespace weir::net {
namespace {

class AcknowledgedTest : public test::NetTest {
 protected:
  void settle() {
    for (int turn = 0; turn < 200; ++turn) loop.poll();
  }
};

TEST_F(AcknowledgedTest, BytesGrowAsThePeerTakesThem) {
  constexpr std::size_t kSize = std::size_t{1} << 20;
  Ref<Socket> sender;
  server = create_server(loop, [&](Socket& socket) {
    sender = Ref(&socket);
    socket.on<Error>([] {});
    socket.write(std::string(kSize, 'x'));
  });
  server->listen({.fd = test::small_listener()});
  {
    const test::SmallClient peer(server->address()->port);
    while (!sender) loop.poll();
    settle();
    const std::uint64_t stalled = sender->bytes_acknowledged();
    EXPECT_LT(stalled, kSize);
    settle();
    EXPECT_EQ(sender->bytes_acknowledged(), stalled) << "nothing was read";
    std::size_t read = 0;
    std::uint64_t last = stalled;
    for (int step = 0; step < 1'000'000 && read < kSize; ++step) {
      read += peer.hear(4096).size();
      loop.poll();
      ASSERT_GE(sender->bytes_acknowledged(), last);
      last = sender->bytes_acknowledged();
    }
    EXPECT_EQ(read, kSize);
    settle();
    EXPECT_EQ(sender->bytes_acknowledged(), kSize);
  }
  sender->destroy();
  EXPECT_EQ(sender->bytes_acknowledged(), 0u);
  server->close();
  loop.run();
}

}  // namespace
}  // namespace weir::net
