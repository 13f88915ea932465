// An echo whose peer reads no data and resets: the echo's reader waits for the Drain of a
// connection that never drains.
#include "support/loop_test.h"
#include "support/net_test.h"
#include "support/tls_net_test.h"
#include <weir/net/socket.h>

#include <cstddef>
#include <string>

#include <gtest/gtest.h>

namespace weir::net {
namespace {

constexpr std::size_t kMuch = std::size_t{32} << 20;

// Whether the echo is as full as it gets: it neither reads nor writes.
bool is_stuck(const Connection& echo) {
  return echo.is_paused() && echo.writable_need_drain() && echo.readable_length() > 0;
}

using BrokenEchoTest = test::NetTest;

TEST_F(BrokenEchoTest, IsClosed) {
  Ref<Socket> echo;
  serve([&](Socket& socket) {
    echo = Ref(&socket);
    watch(socket, "echo");
    socket.pipe(Ref(&socket));
  });
  const auto c = client();
  c->pause().write(Buffer::copy(std::string(kMuch, 'a')));
  while (!echo || !is_stuck(*echo)) loop.poll();
  c->reset_and_destroy();
  echo->once<Close>([this] { server->close(); });
  loop.run();
  EXPECT_TRUE(echo->closed());
  EXPECT_TRUE(echo->errored());
}

}  // namespace
}  // namespace weir::net

namespace weir::tls {
namespace {

using BrokenTlsEchoTest = test::TlsNetTest;

TEST_F(BrokenTlsEchoTest, IsClosed) {
  Ref<Socket> echo;
  serve({}, [&](Socket& socket) {
    echo = Ref(&socket);
    socket.on<Error>([] {});
    socket.pipe(Ref(&socket));
  });
  const auto c = tls::connect(
      loop, {.port = port, .host = "127.0.0.1", .context = {.ca = {authority.cert()}}});
  c->on<Error>([] {});
  c->pause().write(Buffer::copy(std::string(net::kMuch, 'a')));
  while (!echo || !net::is_stuck(*echo)) loop.poll();
  c->reset_and_destroy();
  echo->once<Close>([this] { server->close(); });
  loop.run();
  EXPECT_TRUE(echo->closed());
  EXPECT_TRUE(echo->errored());
}

}  // namespace
}  // namespace weir::tls
