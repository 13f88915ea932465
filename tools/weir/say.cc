#include "weir/say.h"

#include <cerrno>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

namespace tool {

bool say(std::FILE* out, std::string_view text) noexcept {
  // Without stdio, which loses the bytes that a non-blocking descriptor does not take at once.
  const int fd = ::fileno(out);
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      pollfd watched{fd, POLLOUT, 0};
      ::poll(&watched, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

bool takes_text(std::FILE* out) noexcept {
  pollfd watched{.fd = ::fileno(out), .events = POLLOUT, .revents = 0};
  return ::poll(&watched, 1, 0) == 1;
}

void complain(std::string_view text) { say(stderr, fmt::format("weir: {}\n", text)); }

}  // namespace tool
