#include <weir/net/server.h>

#include "net/errors.h"
#include "net/listener.h"
#include "net/resolver.h"
#include "net/socket_transport.h"
#include "net/system_address.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>
#include <netinet/in.h>
#include <unistd.h>

namespace weir::net {
namespace {

// As in Node, the server's creation fixes the default mark of its connections.
ServerOptions with_marks(Loop& loop, ServerOptions options) {
  if (options.high_water_mark) return options;
  const auto mark = static_cast<std::int64_t>(loop.default_high_water_mark());
  options.readable_high_water_mark = options.readable_high_water_mark.value_or(mark);
  options.writable_high_water_mark = options.writable_high_water_mark.value_or(mark);
  return options;
}

bool is_link_local(const Address& address) noexcept {
  const auto system = SystemAddress::of(address);
  if (!system || system->family() != AF_INET6) return false;
  const auto* const ip = reinterpret_cast<const sockaddr_in6*>(&system->storage);
  return IN6_IS_ADDR_LINKLOCAL(&ip->sin6_addr);
}

// A link-local address needs an interface's name, which a lookup does not return.
const Address& one_to_bind(const std::vector<Address>& found) noexcept {
  const auto usable = std::ranges::find_if_not(found, &is_link_local);
  return usable != found.end() ? *usable : found.front();
}

}  // namespace

Ref<Server> Server::make(Loop& loop, const ServerOptions& options) {
  return Ref<Server>::adopt(new Server(loop, options));
}

Server::Server(Loop& loop, const ServerOptions& options)
    : LoopShutdownHook(loop.ticks()),
      loop_(loop),
      options_(with_marks(loop, options)),
      listeners_(&loop.ticks(), this) {}

Server::~Server() = default;

Server& Server::listen(std::int64_t port, std::string host, Function<void()> listening) {
  return listen({.port = port, .host = std::move(host)}, std::move(listening));
}
Server& Server::listen(std::int64_t port, Function<void()> listening) {
  return listen({.port = port}, std::move(listening));
}

Server& Server::listen(ListenOptions options, Function<void()> listening) {
  if (is_gone_for("listen")) return *this;
  if (listener_) throw Error(Errc::server_already_listen);
  const std::uint16_t port = checked_port(options.port.value_or(0), "options.port");
  require_no_zero_byte(options.host, "options.host");
  const bool abstract = !options.path.empty() && options.path.front() == '\0';
  if (abstract && (options.readable_all || options.writable_all))
    throw invalid_argument_value("options", "an abstract unix socket",
                                 "can not set readable_all or writable_all");
  if (listening) once<Listening>(std::move(listening));
  ++listen_count_;
  if (!options.path.empty())
    start({options.path, Family::unix_path}, options);
  else if (const int version = is_ip(options.host); version != 0)
    start({options.host, version == 4 ? Family::ipv4 : Family::ipv6, port}, options);
  else if (!options.host.empty())
    look_up_and_listen(std::move(options));
  else
    // All addresses: an IPv6 socket accepts IPv4, too. Without IPv6, Node binds 0.0.0.0.
    start({"::", Family::ipv6, port}, options);
  return *this;
}

void Server::look_up_and_listen(ListenOptions options) {
  const std::string host = options.host;
  resolve(loop_.core(), host, Family::any,
          [this, alive = Ref<Server>(this), count = listen_count_, options = std::move(options)](
              const Error& error, const std::vector<Address>& found) {
            if (count != listen_count_) return;
            if (error) return static_cast<void>(emit(error));
            Address address = one_to_bind(found);
            address.port = static_cast<std::uint16_t>(options.port.value_or(0));
            start(address, options);
          });
}

void Server::start(const Address& address, const ListenOptions& options) {
  auto listener = std::make_unique<Listener>(loop_, *this);
  int error = options.fd ? listener->listen(*options.fd, options.backlog)
                         : listener->listen(address, options);
  const bool any = options.host.empty() && address.family == Family::ipv6;
  if (error == EAFNOSUPPORT && any && !options.fd) {
    listener = std::make_unique<Listener>(loop_, *this);
    error = listener->listen({"0.0.0.0", Family::ipv4, address.port}, options);
  }
  if (error != 0) {
    loop_.next_tick([server = Ref<Server>(this), failure = listen_failed(error, address)] {
      server->emit(failure);
    });
    return;
  }
  listener->reference(referenced_);
  listener->close_on(options.signal);
  listener_ = Owned(listener.release());
  alive_ = Ref<Server>(this);
  loop_.next_tick([server = Ref<Server>(this)] {
    if (server->listener_) server->emit(Listening{});
  });
  if (options.signal.stop_requested())
    loop_.next_tick([server = Ref<Server>(this)] { server->close(); });
}

void Server::on_accepted(std::unique_ptr<Descriptor> connection) {
  if (max_connections_ && connections_ >= *max_connections_) {
    const Drop drop{connection->local_address(), connection->remote_address(), {}};
    connection = nullptr;
    return static_cast<void>(emit(drop));
  }
  const SocketOptions options{.high_water_mark = options_.high_water_mark,
                              .readable_high_water_mark = options_.readable_high_water_mark,
                              .writable_high_water_mark = options_.writable_high_water_mark,
                              .allow_half_open = options_.allow_half_open,
                              .no_delay = options_.no_delay,
                              .keep_alive = options_.keep_alive,
                              .keep_alive_initial_delay = options_.keep_alive_initial_delay,
                              .pause_on_create = options_.pause_on_connect,
                              .reset_unless_ended = options_.reset_unless_ended};
  Ref<Socket> socket;
  try {
    socket = SocketTransport::socket_on(loop_, options, std::move(connection));
  } catch (...) {
    const Error error = Error::from_current_exception();
    // What cannot be set up has not been taken.
    if (!connection) return on_not_accepted({{}, {}, error});
    const Drop drop{connection->local_address(), connection->remote_address(), error};
    connection = nullptr;
    return on_not_accepted(drop);
  }
  ++connections_;
  socket->transport_.on_gone([server = Ref<Server>(this)] {
    --server->connections_;
    server->emit_close_if_drained();
  });
  emit(ConnectionEvent{socket});
}

void Server::on_not_accepted(const Drop& drop) { emit(drop); }

Server& Server::close(Callback closed) {
  if (is_gone_for("close")) return *this;
  ++listen_count_;
  if (closed)
    once<Close>([closed = std::move(closed), running = static_cast<bool>(listener_)]() mutable {
      closed(running ? Error() : Error(Errc::server_not_running));
    });
  const Owned<Listener> last_listener = std::move(listener_);
  const Ref<Server> alive = std::exchange(alive_, nullptr);
  emit_close_if_drained();
  return *this;
}

void Server::emit_close_if_drained() {
  if (listener_ || connections_ > 0 || !has_queue()) return;
  loop_.next_tick([server = Ref<Server>(this)] { server->emit(Close{}); });
}

void Server::let_go() noexcept {
  const Pin alive(*this);
  const Ref<Server> listening = std::exchange(alive_, nullptr);
  listener_ = nullptr;
  listeners_.close();
}

std::string Server::describe() const {
  const std::optional<Address> at = address();
  return at ? fmt::format("net::Server {}", place_of(*at)) : "a net::Server";
}

std::string Server::status() const {
  if (!listener_) return connections_ > 0 ? "closes with its last connection" : "not listening";
  return fmt::format("listening, {} connections", connections_);
}

bool Server::listening() const noexcept { return static_cast<bool>(listener_); }

std::optional<Address> Server::address() const {
  return listener_ ? listener_->address() : std::nullopt;
}

Server& Server::get_connections(Function<void(std::size_t)> got) {
  if (is_gone_for("get_connections")) return *this;
  weir::internal::require_function(got, "callback");
  loop_.next_tick(
      [server = Ref<Server>(this), got = std::move(got)]() mutable { got(server->connections_); });
  return *this;
}

Server& Server::ref() {
  if (is_gone_for("ref")) return *this;
  referenced_ = true;
  if (listener_) listener_->reference(true);
  return *this;
}
Server& Server::unref() {
  if (is_gone_for("unref")) return *this;
  referenced_ = false;
  if (listener_) listener_->reference(false);
  return *this;
}

Ref<Server> create_server(Loop& loop, Function<void(Socket&)> connected) {
  return create_server(loop, {}, std::move(connected));
}
Ref<Server> create_server(Loop& loop, const ServerOptions& options,
                          Function<void(Socket&)> connected) {
  Ref<Server> server = Server::make(loop, options);
  if (connected)
    server->on<ConnectionEvent>(
        [connected = std::move(connected)](const ConnectionEvent& event) mutable {
          connected(*event.socket);
        });
  return server;
}

}  // namespace weir::net
