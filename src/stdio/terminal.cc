#include "stdio/terminal.h"

#include <cerrno>
#include <utility>

#include <sys/ioctl.h>

namespace weir::internal {
namespace {

Error set_mode(int fd, const termios& mode) {
  while (::tcsetattr(fd, TCSADRAIN, &mode) != 0)
    if (errno != EINTR) return Error::system(errno, "setRawMode");
  return {};
}

// As in libuv: each key is read at once and unchanged; output is processed as before.
termios raw(termios mode) noexcept {
  mode.c_iflag &= ~static_cast<tcflag_t>(BRKINT | ICRNL | INPCK | ISTRIP | IXON);
  mode.c_oflag |= ONLCR;
  mode.c_cflag |= CS8;
  mode.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | IEXTEN | ISIG);
  mode.c_cc[VMIN] = 1;
  mode.c_cc[VTIME] = 0;
  return mode;
}

}  // namespace

std::expected<WindowSize, Error> window_size(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0)
    return std::unexpected(Error::system(errno, "getWindowSize"));
  return WindowSize{size.ws_col, size.ws_row};
}

Error RawMode::enter() {
  if (is_on()) return {};
  termios mode;
  if (::tcgetattr(fd_, &mode) != 0) return Error::system(errno, "setRawMode");
  if (Error error = set_mode(fd_, raw(mode))) return error;
  before_ = mode;
  return {};
}

Error RawMode::leave() {
  if (!is_on()) return {};
  const termios before = *std::exchange(before_, std::nullopt);
  return set_mode(fd_, before);
}

}  // namespace weir::internal
