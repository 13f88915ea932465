// A Loop in a program with a poll loop of its own, which reads standard input.
#include <weir/weir.h>

#include <poll.h>
#include <unistd.h>

int main() {
  weir::Loop loop;
  auto stream = weir::fs::create_write_stream(loop, "output.txt");
  stream->on<weir::Close>([] { fmt::print("closed\n"); });

  bool has_input = true;
  while (loop.poll() || has_input) {  // runs what is ready, and never waits
    const auto timeout = loop.timeout();
    pollfd waits[] = {{.fd = loop.backend_fd(), .events = POLLIN, .revents = 0},
                      {.fd = has_input ? 0 : -1, .events = POLLIN, .revents = 0}};
    ::poll(waits, 2, timeout ? static_cast<int>(timeout->count()) : -1);
    if (waits[1].revents == 0) continue;
    char bytes[4096];
    const ssize_t size = ::read(0, bytes, sizeof bytes);
    has_input = size > 0;
    if (has_input)
      stream->write(std::string_view(bytes, static_cast<std::size_t>(size)));
    else
      stream->end();
  }
}
