#include <weir/net/server_group.h>

#include <weir/base/error.h>
#include <weir/loop/scoped_timer.h>
#include <weir/net/socket.h>

#include <cerrno>
#include <cstddef>
#include <unordered_set>

#include <fcntl.h>

namespace weir::internal {
namespace {

// Waits for all servers of a group, on their threads, and calls back on the home loop.
class Countdown final : public SharedRefCounted {
 public:
  // waiting: the home loop keeps running until the call.
  enum class Home : bool { free, waiting };

  Countdown(Loop& home, Home state, std::size_t count, Callback done)
      : home_(home), left_(count), done_(std::move(done)) {
    if (state == Home::waiting) alive_.emplace(home);
  }

  // From any thread.
  void arrive(const Error& error) {
    home_.post([self = Ref<Countdown>(this), error] { self->on_arrived(error); });
  }

 private:
  void on_arrived(const Error& error) {
    if (!first_) first_ = error;
    if (--left_ > 0) return;
    alive_.reset();
    if (Callback done = std::move(done_)) done(first_);
  }

  Loop& home_;
  std::size_t left_;
  Callback done_;
  Error first_;
  std::optional<Loop::KeepAlive> alive_;
};

int duplicate(int fd) {
  const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (copy < 0) throw Error::system(errno, "fcntl");
  return copy;
}

}  // namespace

// --- A net::Server with its connections ---

struct ServerWithGrace::Connections final : RefCounted {
  std::unordered_set<net::Socket*> open;
  ScopedTimer grace;

  void destroy_all() {
    std::vector<Ref<net::Socket>> sockets;
    for (net::Socket* const socket : open) sockets.emplace_back(socket);
    for (const Ref<net::Socket>& socket : sockets) socket->destroy();
  }
};

ServerWithGrace::ServerWithGrace(Loop& loop, net::Server& server)
    : loop_(loop), server_(server), connections_(make_ref<Connections>()) {
  server_.on<net::ConnectionEvent>([connections = connections_](const net::ConnectionEvent& event) {
    net::Socket* const socket = event.socket.get();
    connections->open.insert(socket);
    socket->once<Close>([connections, socket] { connections->open.erase(socket); });
  });
}

ServerWithGrace::~ServerWithGrace() = default;

void ServerWithGrace::close(std::chrono::milliseconds grace, Callback closed) {
  connections_->grace =
      loop_.set_timeout(grace, [connections = connections_] { connections->destroy_all(); });
  server_.close(
      [connections = connections_, closed = std::move(closed)](const Error& error) mutable {
        connections->grace.clear();
        if (closed) closed(error);
      });
}

// --- All servers ---

void listen_in_group(LoopGroup& loops, std::vector<GroupServer*> servers,
                     net::ListenOptions options, Function<void()> listening) {
  if (!options.path.empty() && servers.size() > 1)
    throw invalid_argument_value("options.path", options.path,
                                 "cannot be bound by several servers");
  if (servers.size() > 1) options.reuse_port = true;
  GroupServer& first = *servers.front();
  auto on_first = [&loops, servers = std::move(servers), options,
                   listening = std::move(listening)]() mutable {
    const auto all = make_ref<Countdown>(loops[0], Countdown::Home::free, servers.size(),
                                         [listening = std::move(listening)]() mutable {
                                           if (listening) listening();
                                         });
    all->arrive({});
    if (const auto address = servers.front()->address(); address && !options.fd)
      options.port = address->port;
    for (std::size_t i = 1; i < servers.size(); ++i) {
      net::ListenOptions own = options;
      if (options.fd) own.fd = duplicate(*options.fd);
      loops[i].post([server = servers[i], own = std::move(own), all]() mutable {
        server->listen(std::move(own), [all] { all->arrive({}); });
      });
    }
  };
  first.listen(std::move(options), std::move(on_first));
}

void close_group(LoopGroup& loops, const std::vector<GroupServer*>& servers,
                 std::optional<std::chrono::milliseconds> grace, Callback closed) {
  const auto all =
      make_ref<Countdown>(loops[0], Countdown::Home::waiting, servers.size(), std::move(closed));
  for (std::size_t i = 0; i < servers.size(); ++i)
    loops[i].post([server = servers[i], grace, all] {
      const auto arrive = [all](const Error& error) { all->arrive(error); };
      if (grace)
        server->close_gracefully(*grace, arrive);
      else
        server->close(arrive);
    });
}

}  // namespace weir::internal
