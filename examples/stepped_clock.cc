// Tests a timeout without waiting for it.
#include <weir/loop/stepped_clock.h>

#include <weir/loop/loop.h>
#include <weir/net/socket.h>

#include <chrono>

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

int main() {
  using std::chrono_literals::operator""s;
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 1;

  weir::Loop loop;
  weir::SteppedClock clock(loop);
  auto socket = weir::net::Socket::make(loop, {.fd = ends[0]});
  socket->set_timeout(60s, [&] { fmt::print("timed out\n"); });
  clock.pass(59s);
  fmt::print("nothing yet\n");
  clock.pass(1s);

  socket->destroy();
  loop.run();
  ::close(ends[1]);
}
