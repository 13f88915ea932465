#include "net/descriptor.h"

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

// Between two looks at a descriptor that cannot be watched.
constexpr std::chrono::milliseconds kLookInterval{10};

std::int64_t result_of(ssize_t result) noexcept { return result < 0 ? -errno : result; }

void set(int fd, int level, int option, int value) noexcept {
  // A refusal changes how soon things go, or are noticed; not what is sent.
  static_cast<void>(::setsockopt(fd, level, option, &value, sizeof value));
}

// Where an IP socket has its type of service; nothing for a unix socket.
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

template <class GetName>
std::optional<Address> name_of(int fd, GetName get_name) {
  SystemAddress name;
  name.length = sizeof name.storage;
  if (fd < 0 || get_name(fd, name.get(), &name.length) != 0) return std::nullopt;
  return name.read();
}

}  // namespace

std::optional<SystemAddress> SystemAddress::of(const Address& address) noexcept {
  SystemAddress result;
  const int port = address.port;
  switch (address.family) {
    case Family::ipv4: {
      auto* const to = reinterpret_cast<sockaddr_in*>(&result.storage);
      if (uv_ip4_addr(address.address.c_str(), port, to) != 0) return std::nullopt;
      result.length = sizeof *to;
      return result;
    }
    case Family::ipv6: {
      auto* const to = reinterpret_cast<sockaddr_in6*>(&result.storage);
      if (uv_ip6_addr(address.address.c_str(), port, to) != 0) return std::nullopt;
      result.length = sizeof *to;
      return result;
    }
    default: {
      auto* const to = reinterpret_cast<sockaddr_un*>(&result.storage);
      const std::string& path = address.address;
      if (path.empty() || path.size() >= sizeof to->sun_path) return std::nullopt;
      to->sun_family = AF_UNIX;
      std::ranges::copy(path, to->sun_path);
      // A path ends with a zero byte, a name in the abstract namespace with its length.
      const bool abstract = path.front() == '\0';
      result.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() +
                                             (abstract ? 0 : 1));
      return result;
    }
  }
}

std::optional<Address> SystemAddress::read() const {
  std::array<char, INET6_ADDRSTRLEN + UV_IF_NAMESIZE> text{};
  if (family() == AF_INET) {
    const auto* const from = reinterpret_cast<const sockaddr_in*>(&storage);
    uv_ip4_name(from, text.data(), text.size());
    return Address{text.data(), Family::ipv4, ntohs(from->sin_port)};
  }
  if (family() == AF_INET6) {
    const auto* const from = reinterpret_cast<const sockaddr_in6*>(&storage);
    uv_ip6_name(from, text.data(), text.size());
    return Address{text.data(), Family::ipv6, ntohs(from->sin6_port)};
  }
  const auto* const from = reinterpret_cast<const sockaddr_un*>(&storage);
  constexpr std::size_t kBefore = offsetof(sockaddr_un, sun_path);
  if (family() != AF_UNIX || length <= kBefore) return std::nullopt;
  std::string path(from->sun_path, length - kBefore);
  if (path.front() != '\0') path.resize(std::strlen(path.c_str()));
  return Address{std::move(path), Family::unix_path};
}

std::optional<Address> local_address_of(int fd) { return name_of(fd, &::getsockname); }
std::optional<Address> remote_address_of(int fd) { return name_of(fd, &::getpeername); }

int Descriptor::open(int family) {
  const int fd = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  const int error = adopt(fd);
  if (error != 0) ::close(fd);
  return error;
}

int Descriptor::adopt(int fd) {
  auto memory = std::make_unique<uv_poll_t>();
  if (const int status = uv_poll_init(core_.uv(), memory.get(), fd); status < 0) return -status;
  poll_.reset(memory.release());
  poll_->data = this;
  if (!referenced_) uv_unref(internal::base(poll_));
  fd_ = fd;
  return 0;
}

void Descriptor::watch_reads(bool on) {
  watch(on ? watched_ | UV_READABLE : watched_ & ~UV_READABLE);
}
void Descriptor::watch_writes(bool on) {
  watch(on ? watched_ | UV_WRITABLE : watched_ & ~UV_WRITABLE);
}

void Descriptor::watch(int events) {
  if (!poll_ || events == watched_) return;
  watched_ = events;
  start_watching();
}

void Descriptor::start_watching() {
  if (look_) std::exchange(look_, nullptr)->clear();
  if (watched_ == 0) return static_cast<void>(uv_poll_stop(poll_.get()));
  uv_poll_start(poll_.get(), watched_, [](uv_poll_t* poll, int status, int ready) {
    static_cast<Descriptor*>(poll->data)->on_ready(status, ready);
  });
  if (reserve_watch() == 0) return;
  uv_poll_stop(poll_.get());
  look_later();
}

// libuv adds a descriptor to its epoll set when it next waits, and aborts the process where the
// system refuses; one that is in the set already it modifies, which needs no memory.
int Descriptor::reserve_watch() noexcept {
  epoll_event event{};
  if (watched_ & UV_READABLE) event.events |= EPOLLIN;
  if (watched_ & UV_WRITABLE) event.events |= EPOLLOUT;
  event.data.fd = fd_;  // as libuv
  const int status = ::epoll_ctl(uv_backend_fd(core_.uv()), EPOLL_CTL_ADD, fd_, &event);
  return status == 0 || errno == EEXIST ? 0 : errno;
}

void Descriptor::look_later() {
  auto timer = make_ref<internal::UvTimer>(core_, [this] { look(); });
  timer->start(kLookInterval, internal::UvTimer::Repeat::no);
  if (!referenced_) timer->unref();
  look_ = std::move(timer);
}

void Descriptor::look() {
  look_ = nullptr;
  start_watching();
  if (!look_) return;  // libuv looks now
  pollfd now{.fd = fd_, .events = 0, .revents = 0};
  if (watched_ & UV_READABLE) now.events |= POLLIN;
  if (watched_ & UV_WRITABLE) now.events |= POLLOUT;
  if (::poll(&now, 1, 0) <= 0) return;
  // What an error is, the next call on the socket says.
  const bool failed = (now.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
  const int ready =
      (now.revents & POLLIN ? UV_READABLE : 0) | (now.revents & POLLOUT ? UV_WRITABLE : 0);
  on_ready(0, failed ? watched_ : ready);
}

void Descriptor::on_ready(int status, int events) {
  const int was_watched = watched_;
  if (status < 0) {
    // libuv has stopped: it does not say what is wrong, the next call on the socket will.
    watched_ = 0;
    events = was_watched;
  }
  uv_poll_t* const poll = poll_.get();
  // As libuv: reads go first, and are who tells what is wrong. Either may close, and so end, this.
  if (events & UV_READABLE) core_.enter([&] { watcher_->on_readable(); });
  if ((events & UV_WRITABLE) == 0 || poll->data != this) return;
  core_.enter([&] { watcher_->on_writable(); });
}

void Descriptor::ref() noexcept {
  referenced_ = true;
  if (look_) look_->ref();
  if (poll_) uv_ref(internal::base(poll_));
}
void Descriptor::unref() noexcept {
  referenced_ = false;
  if (look_) look_->unref();
  if (poll_) uv_unref(internal::base(poll_));
}

std::int64_t Descriptor::receive(std::span<std::byte> room) noexcept {
  ssize_t result;
  do result = ::recv(fd_, room.data(), room.size(), 0);
  while (result < 0 && errno == EINTR);
  return result_of(result);
}

std::int64_t Descriptor::peek() noexcept {
  char byte = 0;
  ssize_t result;
  do result = ::recv(fd_, &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT);
  while (result < 0 && errno == EINTR);
  return result_of(result);
}

std::int64_t Descriptor::send(std::span<const iovec> views, More more) noexcept {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(views.data());
  message.msg_iovlen = std::min<std::size_t>(views.size(), IOV_MAX);
  const int flags = MSG_NOSIGNAL | (more == More::follows ? MSG_MORE : 0);
  ssize_t result;
  do result = ::sendmsg(fd_, &message, flags);
  while (result < 0 && errno == EINTR);
  return result_of(result);
}

std::int64_t Descriptor::send_file(int file, std::int64_t offset, std::size_t size) noexcept {
  const internal::NoSigpipe no_signal;
  off_t at = offset;
  ssize_t result;
  do result = ::sendfile(fd_, file, &at, size);
  while (result < 0 && errno == EINTR);
  if (result < 0 && errno == EPIPE) no_signal.take_away();
  return result_of(result);
}

std::size_t Descriptor::send_room() const noexcept {
  std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
  socklen_t length = sizeof memory;
  if (::getsockopt(fd_, SOL_SOCKET, SO_MEMINFO, memory.data(), &length) != 0) return 0;
  const std::uint32_t used =
      std::max(memory[SK_MEMINFO_WMEM_QUEUED], memory[SK_MEMINFO_WMEM_ALLOC]);
  const std::uint32_t most = memory[SK_MEMINFO_SNDBUF];
  // Of each packet the system counts more than the bytes.
  return used < most ? (most - used) / 16 * 15 : 0;
}

std::size_t Descriptor::unacknowledged() const noexcept {
  int bytes = 0;
  return ::ioctl(fd_, SIOCOUTQ, &bytes) == 0 ? static_cast<std::size_t>(std::max(bytes, 0)) : 0;
}

int Descriptor::shut_down() noexcept { return ::shutdown(fd_, SHUT_WR) == 0 ? 0 : -errno; }

int Descriptor::take_error() noexcept {
  int error = 0;
  socklen_t length = sizeof error;
  return ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

void Descriptor::set_no_delay(bool on) noexcept { set(fd_, IPPROTO_TCP, TCP_NODELAY, on); }

void Descriptor::set_keep_alive(const KeepAlive& how) noexcept {
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

int Descriptor::set_type_of_service(int value) noexcept {
  const auto place = service_place(fd_);
  if (!place) return 0;
  return ::setsockopt(fd_, place->level, place->option, &value, sizeof value) == 0 ? 0 : errno;
}

std::optional<int> Descriptor::type_of_service() const noexcept {
  const auto place = service_place(fd_);
  int value = 0;
  socklen_t length = sizeof value;
  if (!place || ::getsockopt(fd_, place->level, place->option, &value, &length) != 0)
    return std::nullopt;
  return value;
}

int Descriptor::reset_on_close(bool on) noexcept {
  const linger now{.l_onoff = on ? 1 : 0, .l_linger = 0};
  return ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now) == 0 ? 0 : errno;
}

void Descriptor::close(Function<void()> closed) {
  if (look_) std::exchange(look_, nullptr)->clear();
  if (!poll_) return;
  // A loop that the application runs may close the handle when the Loop is gone.
  struct Closing final : TickHolder {
    Closing(internal::LoopCore& loop, Function<void()> call)
        : TickHolder(loop.ticks()), core(loop), closed(std::move(call)) {}
    void let_go() noexcept override { const auto dropped = std::exchange(closed, nullptr); }
    internal::LoopCore& core;
    Function<void()> closed;
  };
  uv_poll_t* const poll = poll_.release();
  poll->data = closed ? new Closing(core_, std::move(closed)) : nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(poll), [](uv_handle_t* handle) {
    const std::unique_ptr<uv_poll_t> memory(reinterpret_cast<uv_poll_t*>(handle));
    const std::unique_ptr<Closing> closing(static_cast<Closing*>(handle->data));
    if (closing && closing->closed) closing->core.enter([&] { closing->closed(); });
  });
  ::close(std::exchange(fd_, -1));  // only now: libuv must have forgotten it before
  watched_ = 0;
}

}  // namespace weir::net
