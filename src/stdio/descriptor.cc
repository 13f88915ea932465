#include "stdio/descriptor.h"

#include "loop/no_sigpipe.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <limits>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

namespace weir {

std::string_view to_string(DescriptorKind kind) noexcept {
  switch (kind) {
    case DescriptorKind::file:
      return "file";
    case DescriptorKind::null:
      return "null";
    case DescriptorKind::terminal:
      return "terminal";
    case DescriptorKind::pipe:
      return "pipe";
    case DescriptorKind::socket:
      return "socket";
    case DescriptorKind::unknown:
      break;
  }
  return "unknown";
}

namespace internal {
namespace {

template <class Call>
std::int64_t retried(Call call) noexcept {
  ssize_t result;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}

bool is_null_device(dev_t device) noexcept { return device == makedev(1, 3); }

bool carries_bytes(int fd) noexcept {
  int type = 0;
  socklen_t size = sizeof(type);
  return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

DescriptorKind kind_of(int fd) noexcept {
  struct stat status;
  // A closed one reads and writes nothing, as in Node. Otherwise it is a file of a file system that
  // fails, as will its reads and writes.
  if (::fstat(fd, &status) != 0)
    return errno == EBADF ? DescriptorKind::null : DescriptorKind::file;
  switch (status.st_mode & S_IFMT) {
    case S_IFCHR:
      if (::isatty(fd) != 0) return DescriptorKind::terminal;
      return is_null_device(status.st_rdev) ? DescriptorKind::null : DescriptorKind::file;
    case S_IFREG:
    case S_IFBLK:
      return DescriptorKind::file;
    case S_IFIFO:
      return DescriptorKind::pipe;
    case S_IFSOCK:
      return carries_bytes(fd) ? DescriptorKind::socket : DescriptorKind::unknown;
    default:
      return DescriptorKind::unknown;
  }
}

// Opening the controlling side of a terminal again would create another terminal.
bool controls_terminal(int fd) noexcept {
  unsigned number = 0;
  return ::ioctl(fd, TIOCGPTN, &number) == 0;
}

// Only the given end of a pipe is used, though the other could be opened here too.
bool is_open_for(int fd, Descriptor::Direction direction) noexcept {
  const int mode = ::fcntl(fd, F_GETFL) & O_ACCMODE;
  return mode == O_RDWR ||
         mode == (direction == Descriptor::Direction::input ? O_RDONLY : O_WRONLY);
}

bool can_be_opened_again(int fd, DescriptorKind kind, Descriptor::Direction direction) noexcept {
  if (kind == DescriptorKind::pipe) return true;
  return kind == DescriptorKind::terminal && direction == Descriptor::Direction::input &&
         !controls_terminal(fd);
}

int open_again(int fd, Descriptor::Direction direction) noexcept {
  const int mode = direction == Descriptor::Direction::input ? O_RDONLY : O_WRONLY;
  char path[32];
  *fmt::format_to_n(path, sizeof(path) - 1, "/proc/self/fd/{}", fd).out = '\0';
  return ::open(path, mode | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

bool is_ready(int fd, short events) noexcept {
  pollfd watched{fd, events, 0};
  return retried([&] { return static_cast<ssize_t>(::poll(&watched, 1, 0)); }) > 0;
}

void wait_for(int fd, short events) noexcept {
  pollfd watched{fd, events, 0};
  ::poll(&watched, 1, -1);
}

struct Vectors {
  explicit Vectors(Descriptor::Views views) noexcept
      : count(std::min(views.size(), Descriptor::kMostViews)) {
    for (std::size_t i = 0; i < count; ++i)
      vectors[i] = {const_cast<std::byte*>(views[i].data()), views[i].size()};
  }
  std::array<iovec, Descriptor::kMostViews> vectors;
  std::size_t count;
};

std::int64_t write_once(int fd, Descriptor::Views views) noexcept {
  if (views.size() == 1)
    return retried([&] { return ::write(fd, views[0].data(), views[0].size()); });
  Vectors vectors(views);
  return retried(
      [&] { return ::writev(fd, vectors.vectors.data(), static_cast<int>(vectors.count)); });
}

}  // namespace

Descriptor::Descriptor(int fd, Direction direction) noexcept : fd_(fd), kind_(kind_of(fd)) {
  is_usable_ = is_nothing() || is_open_for(fd, direction);
  if (is_usable_ && can_be_opened_again(fd_, kind_, direction)) own_ = open_again(fd_, direction);
}

std::int64_t Descriptor::write(Views views) noexcept {
  if (!is_usable_) return -EBADF;
  switch (kind_) {
    case DescriptorKind::pipe:
      return write_to_pipe(views);
    case DescriptorKind::socket:
      return send(views);
    case DescriptorKind::file:
    case DescriptorKind::terminal:
      return write_waiting(views);
    case DescriptorKind::null:
    case DescriptorKind::unknown:
      break;
  }
  std::int64_t size = 0;
  for (const auto& view : views) size += static_cast<std::int64_t>(view.size());
  return size;
}

std::int64_t Descriptor::write_waiting(Views views) noexcept {
  for (;;) {
    const std::int64_t result = write_once(fd_, views);
    if (result == 0) return -EIO;
    if (result != -EAGAIN) return result;
    wait_for(fd_, POLLOUT);  // another process has made it non-blocking
  }
}

std::int64_t Descriptor::write_to_pipe(Views views) noexcept {
  const NoSigpipe no_sigpipe;
  const std::int64_t result =
      own_ >= 0 ? write_once(own_, views) : write_what_a_ready_pipe_takes(views[0]);
  if (result == -EPIPE) no_sigpipe.take_away();
  return result;
}

std::int64_t Descriptor::write_what_a_ready_pipe_takes(std::span<const std::byte> bytes) noexcept {
  if (!is_ready(fd_, POLLOUT)) return -EAGAIN;
  const auto piece = bytes.first(std::min<std::size_t>(bytes.size(), PIPE_BUF));
  return retried([&] { return ::write(fd_, piece.data(), piece.size()); });
}

std::int64_t Descriptor::send(Views views) noexcept {
  Vectors vectors(views);
  msghdr message{};
  message.msg_iov = vectors.vectors.data();
  message.msg_iovlen = vectors.count;
  return retried([&] { return ::sendmsg(fd_, &message, MSG_DONTWAIT | MSG_NOSIGNAL); });
}

std::int64_t Descriptor::read(std::span<std::byte> room) noexcept {
  if (kind_ == DescriptorKind::socket)
    return retried([&] { return ::recv(fd_, room.data(), room.size(), MSG_DONTWAIT); });
  if (own_ < 0 && !is_ready(fd_, POLLIN)) return -EAGAIN;
  return retried([&] { return ::read(own_ >= 0 ? own_ : fd_, room.data(), room.size()); });
}

std::int64_t Descriptor::read_waiting(int fd, std::span<std::byte> room) noexcept {
  for (;;) {
    const std::int64_t result = retried([&] { return ::read(fd, room.data(), room.size()); });
    if (result != -EAGAIN) return result;
    wait_for(fd, POLLIN);
  }
}

bool Descriptor::wait_for_room(Clock::time_point until) const noexcept {
  pollfd watched{fd_, POLLOUT, 0};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    const auto most = static_cast<std::int64_t>(std::numeric_limits<int>::max());
    const int ready =
        ::poll(&watched, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, most)));
    if (ready != 0 && !(ready < 0 && errno == EINTR)) return ready > 0;
    if (left <= 0) return false;
  }
}

void Descriptor::shut_down() noexcept {
  if (kind_ == DescriptorKind::socket) ::shutdown(fd_, SHUT_WR);
}

void Descriptor::release() noexcept {
  if (own_ >= 0) ::close(own_);
  own_ = -1;
}

}  // namespace internal
}  // namespace weir
