#include "net/listener.h"

#include "net/errors.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weir::net {
namespace {

// Limits the accepts of one turn, so that open connections get their turn during a flood.
constexpr int kAcceptsATurn = 64;
// The delay before the listener checks for free descriptors again.
constexpr std::chrono::milliseconds kRest{100};

int open_reserve() noexcept { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

bool is_full_table(int error) noexcept { return error == EMFILE || error == ENFILE; }

// Whether accept's error concerns only one connection. See accept(2) for the list.
bool is_of_one_connection(int error) noexcept {
  switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPERM:  // a firewall
    case EPROTO:
    case ENOPROTOOPT:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET:
    case EOPNOTSUPP:
    case ETIMEDOUT:
      return true;
    default:
      return false;
  }
}

}  // namespace

Listener::Listener(Loop& loop, Server& server) : loop_(loop), server_(server) {}

Listener::~Listener() {
  if (reserve_ >= 0) ::close(reserve_);
  if (!bound_path_.empty()) ::unlink(bound_path_.c_str());
}

int Listener::listen(const Address& address, const ListenOptions& options) {
  const std::optional<SystemAddress> to = SystemAddress::of(address);
  if (!to) return address.family == Family::unix_path ? ENAMETOOLONG : EINVAL;
  auto opened = SystemDescriptor::open(loop_.core(), to->family(), *this);
  if (!opened) return opened.error();
  descriptor_ = *std::move(opened);
  const int on = 1;
  ::setsockopt(descriptor_->fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // The system's default is a setting of the administrator.
  const int only = options.ipv6_only ? 1 : 0;
  if (address.family == Family::ipv6 &&
      ::setsockopt(descriptor_->fd(), IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only) != 0)
    return errno;
  if (options.reuse_port && address.family != Family::unix_path &&
      ::setsockopt(descriptor_->fd(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0)
    return errno;
  if (::bind(descriptor_->fd(), to->get(), to->length) != 0) return errno;
  if (address.family == Family::unix_path && address.address.front() != '\0') {
    bound_path_ = address.address;
    const mode_t more = (options.readable_all ? 0444u : 0u) | (options.writable_all ? 0222u : 0u);
    struct stat now{};
    if (more != 0 && (::stat(bound_path_.c_str(), &now) != 0 ||
                      ::chmod(bound_path_.c_str(), (now.st_mode & 07777u) | more) != 0))
      return errno;
  }
  return start(options.backlog);
}

int Listener::listen(int fd, int backlog) {
  auto adopted = SystemDescriptor::adopt(loop_.core(), fd, *this);
  if (!adopted) return adopted.error();
  descriptor_ = *std::move(adopted);
  return start(backlog);
}

int Listener::start(int backlog) {
  if (::listen(descriptor_->fd(), backlog) != 0) return errno;
  errno = 0;
  address_ = descriptor_->local_address();
  if (!address_ && errno != 0) return errno;  // otherwise it is a unix socket without a name
  reserve_ = open_reserve();
  descriptor_->watch_reads(true);
  return 0;
}

void Listener::reference(bool on) noexcept {
  referenced_ = on;
  if (on)
    descriptor_->ref();
  else
    descriptor_->unref();
  if (rest_ && on) rest_->ref();
  if (rest_ && !on) rest_->unref();
}

void Listener::close_on(const std::stop_token& signal) {
  if (signal.stop_possible())
    stop_.emplace(loop_.ticks(), signal, [server = &server_] { server->close(); });
}

void Listener::on_readable() {
  const Ref<Server> server(&server_);  // a connection's listener may close it and so destroy this
  for (int count = 0; count < kAcceptsATurn; ++count) {
    const int fd = ::accept4(descriptor_->fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    const int error = fd < 0 ? errno : 0;
    if (error == EAGAIN) return;
    if (is_full_table(error) && !turn_one_away()) return;
    if (error != 0 && !is_full_table(error) && !is_of_one_connection(error)) rest();
    if (fd >= 0)
      hand_on(fd);
    else if (error != EINTR)
      server->on_not_accepted({{}, {}, failed("accept", error)});
    if (server->listener_.get() != this || !descriptor_->watches_reads()) return;
  }
}

void Listener::hand_on(int fd) {
  // The Socket replaces the watcher.
  auto connection = SystemDescriptor::adopt(loop_.core(), fd, *this);
  if (connection) return server_.on_accepted(*std::move(connection));
  const Drop drop{local_address_of(fd), remote_address_of(fd),
                  failed("accept", connection.error())};
  ::close(fd);
  server_.on_not_accepted(drop);
}

// Accepts a client and closes it, as libuv does: left alone, it would wait, and wake the loop, for
// ever. Returns false if there is no client: with a full table, accept does not even look for one.
bool Listener::turn_one_away() {
  int fd = -1;
  if (reserve_ >= 0) {
    ::close(reserve_);
    fd = ::accept4(descriptor_->fd(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0) ::close(fd);
    reserve_ = open_reserve();
  }
  if (reserve_ < 0) rest();
  return fd >= 0;
}

void Listener::rest() {
  descriptor_->watch_reads(false);
  rest_ = loop_.set_timeout(kRest, [this] {
    rest_.clear();
    if (reserve_ < 0) reserve_ = open_reserve();
    descriptor_->watch_reads(true);
  });
  if (!referenced_) rest_->unref();
}

}  // namespace weir::net
