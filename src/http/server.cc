#include <weir/http/server.h>

#include "http/server_connections.h"
#include "http/server_listener.h"
#include <weir/base/error.h>
#include <weir/net/errors.h>
#include <weir/stream/internal/high_water_mark.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace weir::http {
namespace {

// The connection's mark: 64 KiB at least, so that one system call sends several writes.
std::int64_t connection_mark(const ServerOptions& options) {
  constexpr std::int64_t kWorthACall = std::int64_t{64} * 1024;
  return std::max(kWorthACall, *options.high_water_mark);
}

Ref<net::Server> listener(Loop& loop, const ServerOptions& options) {
  return net::Server::make(loop, {.readable_high_water_mark = options.high_water_mark,
                                  .writable_high_water_mark = connection_mark(options),
                                  .allow_half_open = true,  // ServerConnection ends its side itself
                                  .no_delay = options.no_delay,
                                  .keep_alive = options.keep_alive,
                                  .keep_alive_initial_delay = options.keep_alive_initial_delay});
}

}  // namespace

// Sets the mark of messages.
ServerOptions Server::checked(Loop& loop, ServerOptions options) {
  options.high_water_mark = static_cast<std::int64_t>(
      internal::checked_mark(loop, options.high_water_mark, "options.high_water_mark", false));
  if (!options.headers_timeout || options.headers_timeout->count() == 0) return options;
  if (options.request_timeout.count() > 0 && *options.headers_timeout > options.request_timeout)
    throw out_of_range("headersTimeout", "<= requestTimeout",
                       fmt::to_string(options.headers_timeout->count()));
  return options;
}

Ref<Server> Server::make(Loop& loop, const ServerOptions& options) {
  using Listener = ListenerOver<net::Server, net::ConnectionEvent>;
  const ServerOptions settled = checked(loop, options);
  return Ref<Server>::adopt(
      new Server(loop, settled, std::make_unique<Listener>(listener(loop, settled))));
}

Server::Server(Loop& loop, const ServerOptions& options, std::unique_ptr<ServerListener> listener)
    : loop_(loop),
      options_(options),
      listeners_(&loop.ticks()),
      listener_(listener.release()),
      connections_(make_owned<ServerConnections>(loop, *this)) {
  listener_->follow(*this);
}

Server::~Server() {
  stop_grace();
  listener_ = nullptr;  // first: it emits events, which need a complete server
}

tls::Server* Server::tls() const noexcept { return listener_->tls(); }

Server& Server::listen(net::ListenOptions options, Function<void()> listening) {
  if (is_gone_for("listen")) return *this;
  if (listening)
    once<net::Listening>([listening = std::move(listening)]() mutable { listening(); });
  listener_->listen(std::move(options));
  state_ = State::listening;
  alive_ = Ref<Server>(this);
  return *this;
}

Server& Server::listen(std::int64_t port, std::string host, Function<void()> listening) {
  return listen({.port = port, .host = std::move(host)}, std::move(listening));
}

Server& Server::listen(std::int64_t port, Function<void()> listening) {
  return listen({.port = port}, std::move(listening));
}

void Server::on_listening(const net::Listening& event) {
  connections_->watch();
  emit(event);
}

// The server stopped listening, or failed to.
void Server::on_not_listening(const Error& error) {
  const Ref<Server> listening = std::exchange(alive_, nullptr);
  const Pin alive(*this);
  state_ = State::open;
  emit(error);
}

bool Server::listening() const noexcept { return listener_->listening(); }
std::optional<net::Address> Server::address() const { return listener_->address(); }
void Server::set_max_connections(std::optional<std::size_t> most) noexcept {
  listener_->set_max_connections(most);
}
Server& Server::ref() {
  listener_->ref();
  return *this;
}
Server& Server::unref() {
  listener_->unref();
  return *this;
}

std::size_t Server::connections() const noexcept { return connections_->size(); }

void Server::serve(Ref<net::Connection> connection) {
  if (is_gone_for("serve")) return;
  const Pin alive(*this);
  if (state_ == State::open) connections_->watch();  // a listening server watches already
  connections_->add(std::move(connection));
}

Server& Server::close(Callback closed) {
  if (is_gone_for("close")) return *this;
  const Pin alive(*this);
  connections_->destroy_idle();
  connections_->watch_ending();
  const bool listened = state_ == State::listening;
  if (closed && state_ == State::closed)
    loop_.next_tick(
        [closed = std::move(closed)]() mutable { closed(net::Errc::server_not_running); });
  else if (closed)
    once<Close>([closed = std::move(closed), listened]() mutable {
      closed(listened ? Error() : Error(net::Errc::server_not_running));
    });
  if (state_ != State::open && !listened) return *this;
  state_ = State::closing;
  if (listening())
    listener_->close([server = Ref<Server>(this)] { server->emit_close_if_over(); });
  else
    emit_close_if_over();
  return *this;
}

Server& Server::close_gracefully(std::chrono::milliseconds grace, Callback closed) {
  if (is_gone_for("close_gracefully")) return *this;
  const Pin alive(*this);
  close(std::move(closed));
  if (state_ != State::closing) return *this;
  state_ = State::finishing;
  grace_ = loop_.set_timeout(grace, [this] { destroy_everything(); });
  grace_->unref();
  listener_->destroy_handshakes();
  connections_->close_when_answered();
  return *this;
}

void Server::destroy_everything() {
  const Pin alive(*this);
  listener_->destroy_handshakes();
  connections_->destroy_all();
  connections_->destroy_handed_over();
}

void Server::emit_close_if_over() {
  if (state_ != State::closing && state_ != State::finishing) return;
  if (connections() > 0 || connections_->has_handed_over()) return;
  if (listening() || listener_->shakes_hands()) return;
  state_ = State::closed;
  stop_grace();
  loop_.next_tick([server = Ref<Server>(this)] {
    const Ref<Server> listened = std::exchange(server->alive_, nullptr);
    server->emit(Close{});
  });
}

void Server::stop_grace() noexcept { grace_.clear(); }

void Server::close_idle_connections() { connections_->destroy_idle(); }
void Server::close_all_connections() { connections_->destroy_all(); }

Server& Server::set_timeout(std::chrono::milliseconds idle, Callback timed_out) {
  options_.timeout = idle;
  if (timed_out) on<TimeoutEvent>([timed_out = std::move(timed_out)]() mutable { timed_out(); });
  return *this;
}

// REQUIRES: the caller holds a reference to the server.
void Server::let_go() noexcept {
  alive_ = nullptr;
  stop_grace();
  options_.should_upgrade_callback = nullptr;  // it may own the server
  listeners_.close();
}

bool Server::is_gone_for(const char* call) const noexcept {
  return connections_->is_gone_for(call);
}

}  // namespace weir::http
