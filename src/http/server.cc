#include <weir/http/server.h>

#include "http/server_connections.h"
#include <weir/base/error.h>
#include <weir/stream/internal/high_water_mark.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace weir::http {
namespace {

void check(const ServerOptions& options) {
  static_cast<void>(
      internal::checked_mark(options.high_water_mark, "options.high_water_mark", false));
  if (!options.headers_timeout || options.headers_timeout->count() == 0) return;
  if (options.request_timeout.count() > 0 && *options.headers_timeout > options.request_timeout)
    throw out_of_range("headersTimeout", "<= requestTimeout",
                       fmt::to_string(options.headers_timeout->count()));
}

// What a response has written goes on to its connection, where several writes make one call.
std::int64_t connection_mark(const ServerOptions& options) {
  constexpr std::int64_t kWorthACall = std::int64_t{64} * 1024;
  return std::max(kWorthACall, options.high_water_mark.value_or(0));
}

Ref<net::Server> listener(Loop& loop, const ServerOptions& options) {
  return net::Server::make(loop, {.allow_half_open = true,  // an End is answered here
                                  .no_delay = options.no_delay,
                                  .keep_alive = options.keep_alive,
                                  .keep_alive_initial_delay = options.keep_alive_initial_delay,
                                  .readable_high_water_mark = options.high_water_mark,
                                  .writable_high_water_mark = connection_mark(options)});
}

Ref<tls::Server> secure_listener(Loop& loop, tls::ServerOptions secure,
                                 const ServerOptions& options) {
  secure.allow_half_open = true;
  secure.no_delay = options.no_delay;
  secure.keep_alive = options.keep_alive;
  secure.keep_alive_initial_delay = options.keep_alive_initial_delay;
  secure.high_water_mark = options.high_water_mark;
  if (secure.alpn_protocols.empty() && !secure.alpn_callback) secure.alpn_protocols = {"http/1.1"};
  return tls::Server::make(loop, std::move(secure));
}

}  // namespace

Ref<Server> Server::make(Loop& loop, const ServerOptions& options) {
  check(options);
  return Ref<Server>::adopt(new Server(loop, options, listener(loop, options)));
}

Ref<Server> Server::make_secure(Loop& loop, tls::ServerOptions secure,
                                const ServerOptions& options) {
  check(options);
  return Ref<Server>::adopt(
      new Server(loop, options, secure_listener(loop, std::move(secure), options)));
}

Server::Server(Loop& loop, const ServerOptions& options, Listener listener)
    : loop_(loop),
      options_(options),
      listeners_(&loop.ticks()),
      listener_(std::move(listener)),
      connections_(std::make_unique<ServerConnections>(loop, *this)) {
  if (const auto* const plain = std::get_if<Ref<net::Server>>(&listener_)) {
    follow<net::ConnectionEvent>(**plain);
    return;
  }
  follow<tls::SecureConnection>(*tls());
  // Node: onServerTlsClientError, whose default is to destroy the connection, which is done.
  tls()->on<tls::TlsClientError>(
      [this](const tls::TlsClientError& event) { emit(ClientError{event.error, *event.socket}); });
}

Server::~Server() {
  std::visit([](const auto& listener) { listener->remove_all_listeners(); }, listener_);
}

tls::Server* Server::tls() const noexcept {
  const auto* const secure = std::get_if<Ref<tls::Server>>(&listener_);
  return secure ? secure->get() : nullptr;
}

void Server::listen(net::ListenOptions options, Function<void()> listening) {
  if (listening)
    once<net::Listening>([listening = std::move(listening)]() mutable { listening(); });
  std::visit([&](const auto& listener) { listener->listen(std::move(options)); }, listener_);
  state_ = State::listening;
  alive_ = Ref<Server>(this);
}

void Server::listen(std::int64_t port, std::string host, Function<void()> listening) {
  listen({.port = port, .host = std::move(host)}, std::move(listening));
}

void Server::listen(std::int64_t port, Function<void()> listening) {
  listen({.port = port}, std::move(listening));
}

// Its events are this server's. It listens for no longer than this lives.
template <class Arrived, class Below>
void Server::follow(Below& listener) {
  listener.template on<net::Listening>([this](const net::Listening& event) {
    connections_->watch();
    emit(event);
  });
  listener.template on<Arrived>([this](const Arrived& event) { serve(event.socket); });
  listener.template on<net::Drop>([this](const net::Drop& event) { emit(event); });
  listener.template on<Error>([this](const Error& error) {
    // It listens no more, or never did.
    const Ref<Server> listening = std::exchange(alive_, nullptr);
    const Pin alive(*this);
    state_ = State::open;
    emit(error);
  });
}

bool Server::listening() const noexcept {
  return std::visit([](const auto& listener) { return listener->listening(); }, listener_);
}

std::optional<net::Address> Server::address() const {
  return std::visit([](const auto& listener) { return listener->address(); }, listener_);
}

void Server::set_max_connections(std::optional<std::size_t> most) noexcept {
  std::visit([&](const auto& listener) { listener->set_max_connections(most); }, listener_);
}

void Server::ref() {
  std::visit([](const auto& listener) { listener->ref(); }, listener_);
}

void Server::unref() {
  std::visit([](const auto& listener) { listener->unref(); }, listener_);
}

std::size_t Server::connections() const noexcept { return connections_->size(); }

void Server::serve(Ref<net::Connection> connection) {
  const Pin alive(*this);
  if (state_ == State::open) connections_->watch();  // else it does since it listens
  connections_->add(std::move(connection));
}

void Server::close(Callback closed) {
  const Pin alive(*this);
  connections_->destroy_idle();
  connections_->unwatch();
  if (state_ != State::listening) {
    if (closed)
      loop_.next_tick([closed = std::move(closed)]() mutable { closed(Errc::server_not_running); });
    if (state_ != State::open) return;
  } else {
    closed_ = std::move(closed);
  }
  state_ = State::closing;
  if (!listening()) return emit_close_if_over();
  std::visit(
      [&](const auto& listener) {
        listener->close([server = Ref<Server>(this)] { server->emit_close_if_over(); });
      },
      listener_);
}

// Who does may be a connection yet.
bool Server::shakes_hands() const noexcept { return tls() && tls()->connections() > 0; }

void Server::emit_close_if_over() {
  if (state_ != State::closing || connections() > 0 || listening() || shakes_hands()) return;
  state_ = State::closed;
  loop_.next_tick([server = Ref<Server>(this)] {
    const Ref<Server> listened = std::exchange(server->alive_, nullptr);
    if (Callback closed = std::exchange(server->closed_, nullptr)) closed();
    server->emit(Close{});
  });
}

void Server::close_idle_connections() { connections_->destroy_idle(); }
void Server::close_all_connections() { connections_->destroy_all(); }

void Server::set_timeout(std::chrono::milliseconds idle, Callback timed_out) {
  options_.timeout = idle;
  if (timed_out) on<Timeout>([timed_out = std::move(timed_out)]() mutable { timed_out(); });
}

void Server::let_go() noexcept {
  closed_ = nullptr;
  alive_ = nullptr;
}

}  // namespace weir::http
