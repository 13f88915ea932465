#include "net/system_descriptor.h"

#include "loop/no_sigpipe.h"
#include "loop/timer.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/un.h>
#include <unistd.h>

namespace weir::net {
namespace {

// The polling interval of a descriptor that cannot be watched.
constexpr std::chrono::milliseconds kLookInterval{10};

Descriptor::Result result_of(ssize_t result) noexcept {
  if (result < 0) return std::unexpected(errno);
  return static_cast<std::size_t>(result);
}

void set(int fd, int level, int option, int value) noexcept {
  // Ignored: these options affect timing, not the data.
  static_cast<void>(::setsockopt(fd, level, option, &value, sizeof value));
}

// The type-of-service option of an IP socket; nullopt for a unix socket.
struct ServicePlace {
  int level;
  int option;
};
std::optional<ServicePlace> service_place(int fd) noexcept {
  int domain = 0;
  socklen_t length = sizeof domain;
  if (::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) != 0) return std::nullopt;
  if (domain == AF_INET) return ServicePlace{IPPROTO_IP, IP_TOS};
  if (domain == AF_INET6) return ServicePlace{IPPROTO_IPV6, IPV6_TCLASS};
  return std::nullopt;
}

}  // namespace

SystemDescriptor::SystemDescriptor(internal::LoopCore& core, int fd, Watcher& watcher,
                                   internal::Handle<Poll> poll) noexcept
    : core_(core), watcher_(&watcher), fd_(fd), poll_(std::move(poll)) {
  poll_->data = this;
}

SystemDescriptor::Opened SystemDescriptor::open(internal::LoopCore& core, int family,
                                                Watcher& watcher) {
  const int fd = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return std::unexpected(errno);
  Opened opened = adopt(core, fd, watcher);
  if (!opened) ::close(fd);
  return opened;
}

SystemDescriptor::Opened SystemDescriptor::adopt(internal::LoopCore& core, int fd,
                                                 Watcher& watcher) {
  auto memory = std::make_unique<Poll>();
  if (const int status = uv_poll_init(core.uv(), memory.get(), fd); status < 0)
    return std::unexpected(-status);
  internal::Handle<Poll> poll(memory.release());
  return std::unique_ptr<SystemDescriptor>(
      new SystemDescriptor(core, fd, watcher, std::move(poll)));
}

void SystemDescriptor::watch_reads(bool on) {
  watch(on ? watched_ | UV_READABLE : watched_ & ~UV_READABLE);
}
void SystemDescriptor::watch_writes(bool on) {
  watch(on ? watched_ | UV_WRITABLE : watched_ & ~UV_WRITABLE);
}

void SystemDescriptor::watch(int events) {
  if (!poll_ || events == watched_) return;
  watched_ = events;
  start_watching();
  core_.work_changed();
}

void SystemDescriptor::start_watching() {
  if (look_) std::exchange(look_, nullptr)->clear();
  if (watched_ == 0) return static_cast<void>(uv_poll_stop(poll_.get()));
  uv_poll_start(poll_.get(), watched_, [](uv_poll_t* poll, int status, int ready) {
    static_cast<SystemDescriptor*>(poll->data)->on_ready(status, ready);
  });
  if (reserve_watch() == 0) return;
  uv_poll_stop(poll_.get());
  look_later();
}

// Adds the descriptor to libuv's epoll set now: libuv would add it at its next wait, and abort the
// process if the system refuses. Changing an existing entry needs no memory.
int SystemDescriptor::reserve_watch() noexcept {
  epoll_event event{};
  if (watched_ & UV_READABLE) event.events |= EPOLLIN;
  if (watched_ & UV_WRITABLE) event.events |= EPOLLOUT;
  event.data.fd = fd_;  // as libuv
  const int status = ::epoll_ctl(uv_backend_fd(core_.uv()), EPOLL_CTL_ADD, fd_, &event);
  return status == 0 || errno == EEXIST ? 0 : errno;
}

void SystemDescriptor::look_later() {
  auto timer = make_ref<internal::UvTimer>(core_, [this] { look(); });
  timer->start(kLookInterval, internal::UvTimer::Repeat::no);
  if (!referenced_) timer->unref();
  look_ = std::move(timer);
}

void SystemDescriptor::look() {
  look_ = nullptr;
  start_watching();
  if (!look_) return;  // libuv watches again
  pollfd now{.fd = fd_, .events = 0, .revents = 0};
  if (watched_ & UV_READABLE) now.events |= POLLIN;
  if (watched_ & UV_WRITABLE) now.events |= POLLOUT;
  if (::poll(&now, 1, 0) <= 0) return;
  // The next call on the socket returns the error.
  const bool failed = (now.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
  const int ready =
      (now.revents & POLLIN ? UV_READABLE : 0) | (now.revents & POLLOUT ? UV_WRITABLE : 0);
  on_ready(0, failed ? watched_ : ready);
}

void SystemDescriptor::on_ready(int status, int events) {
  const int was_watched = watched_;
  if (status < 0) {
    // libuv has stopped watching. The next call on the socket returns the error.
    watched_ = 0;
    events = was_watched;
  }
  uv_poll_t* const poll = poll_.get();
  // Reads first, as libuv does, because they return the error. Both callbacks may close and destroy
  // this.
  if (events & UV_READABLE) core_.enter([&] { watcher_->on_readable(); });
  if ((events & UV_WRITABLE) == 0 || poll->data != this) return;
  core_.enter([&] { watcher_->on_writable(); });
}

void SystemDescriptor::ref() noexcept {
  referenced_ = true;
  if (look_) look_->ref();
  if (poll_) uv_ref(internal::base(poll_));
  core_.work_changed();
}
void SystemDescriptor::unref() noexcept {
  referenced_ = false;
  if (look_) look_->unref();
  if (poll_) uv_unref(internal::base(poll_));
  core_.work_changed();
}

Descriptor::Result SystemDescriptor::receive(std::span<std::byte> room) noexcept {
  ssize_t result;
  do result = ::recv(fd_, room.data(), room.size(), 0);
  while (result < 0 && errno == EINTR);
  return result_of(result);
}

Descriptor::Result SystemDescriptor::peek() noexcept {
  char byte = 0;
  ssize_t result;
  do result = ::recv(fd_, &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT);
  while (result < 0 && errno == EINTR);
  return result_of(result);
}

Descriptor::Result SystemDescriptor::send(std::span<const iovec> views, More more) noexcept {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(views.data());
  message.msg_iovlen = std::min<std::size_t>(views.size(), IOV_MAX);
  const int flags = MSG_NOSIGNAL | (more == More::follows ? MSG_MORE : 0);
  // With a single view, the system has no list to copy.
  const auto call = [&] {
    return views.size() == 1 ? ::send(fd_, views[0].iov_base, views[0].iov_len, flags)
                             : ::sendmsg(fd_, &message, flags);
  };
  ssize_t result;
  do result = call();
  while (result < 0 && errno == EINTR);
  return result_of(result);
}

Descriptor::Result SystemDescriptor::send_file(int file, std::int64_t offset,
                                               std::size_t size) noexcept {
  const internal::NoSigpipe no_signal;
  off_t at = offset;
  ssize_t result;
  do result = ::sendfile(fd_, file, &at, size);
  while (result < 0 && errno == EINTR);
  if (result < 0 && errno == EPIPE) no_signal.take_away();
  return result_of(result);
}

std::size_t SystemDescriptor::send_room() const noexcept {
  std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
  socklen_t length = sizeof memory;
  if (::getsockopt(fd_, SOL_SOCKET, SO_MEMINFO, memory.data(), &length) != 0) return 0;
  const std::uint32_t used =
      std::max(memory[SK_MEMINFO_WMEM_QUEUED], memory[SK_MEMINFO_WMEM_ALLOC]);
  const std::uint32_t most = memory[SK_MEMINFO_SNDBUF];
  // The system counts overhead for each packet beside its bytes.
  return used < most ? (most - used) / 16 * 15 : 0;
}

std::size_t SystemDescriptor::unacknowledged() const noexcept {
  int bytes = 0;
  return ::ioctl(fd_, SIOCOUTQ, &bytes) == 0 ? static_cast<std::size_t>(std::max(bytes, 0)) : 0;
}

int SystemDescriptor::shut_down() noexcept { return ::shutdown(fd_, SHUT_WR) == 0 ? 0 : errno; }

int SystemDescriptor::take_error() noexcept {
  int error = 0;
  socklen_t length = sizeof error;
  return ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

void SystemDescriptor::set_no_delay(bool on) noexcept { set(fd_, IPPROTO_TCP, TCP_NODELAY, on); }

void SystemDescriptor::set_keep_alive(const KeepAlive& how) noexcept {
  constexpr int kUsualInterval = 1;  // as libuv
  constexpr int kUsualCount = 10;
  set(fd_, SOL_SOCKET, SO_KEEPALIVE, how.on);
  if (!how.on) return;
  const bool has_delay = how.delay.count() > 0;
  const auto set_tcp = [this](int option, std::int64_t value, int usual) {
    if (value <= 0) value = usual;
    if (value > 0) set(fd_, IPPROTO_TCP, option, static_cast<int>(value));
  };
  set_tcp(TCP_KEEPIDLE, how.delay.count(), 0);
  set_tcp(TCP_KEEPINTVL, how.interval.count(), has_delay ? kUsualInterval : 0);
  set_tcp(TCP_KEEPCNT, how.count, has_delay ? kUsualCount : 0);
}

int SystemDescriptor::set_type_of_service(int value) noexcept {
  const auto place = service_place(fd_);
  if (!place) return 0;
  return ::setsockopt(fd_, place->level, place->option, &value, sizeof value) == 0 ? 0 : errno;
}

std::optional<int> SystemDescriptor::type_of_service() const noexcept {
  const auto place = service_place(fd_);
  int value = 0;
  socklen_t length = sizeof value;
  if (!place || ::getsockopt(fd_, place->level, place->option, &value, &length) != 0)
    return std::nullopt;
  return value;
}

int SystemDescriptor::reset_on_close(bool on) noexcept {
  const linger now{.l_onoff = on ? 1 : 0, .l_linger = 0};
  return ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now) == 0 ? 0 : errno;
}

void SystemDescriptor::close(Function<void()> closed) {
  if (look_) std::exchange(look_, nullptr)->clear();
  if (!poll_) return;
  Poll* const poll = poll_.release();
  poll->data = nullptr;
  if (closed) poll->closing.emplace(core_, std::move(closed));
  uv_close(reinterpret_cast<uv_handle_t*>(poll), [](uv_handle_t* handle) {
    const std::unique_ptr<Poll> memory(reinterpret_cast<Poll*>(handle));
    auto& closing = memory->closing;
    if (closing && closing->closed) closing->core.enter([&] { closing->closed(); });
  });
  ::close(std::exchange(fd_, -1));  // after libuv has removed it from its epoll set
  watched_ = 0;
}

}  // namespace weir::net
