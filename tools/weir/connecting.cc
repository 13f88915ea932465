#include "weir/connecting.h"

#include "weir/json_line.h"
#include "weir/say.h"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tool {
namespace {

namespace net = weir::net;

void tell_where(const net::Address& address, bool json) {
  const std::string place = net::to_string(address);
  if (!json) return complain(fmt::format("listening on {}", place));
  say(stderr, json_line({{"listening", place}}));
}

}  // namespace

Connecting::Connecting(weir::Loop& loop, const Endpoint& endpoint, const ConnectingOptions& options,
                       Connected connected)
    : connected_(std::move(connected)) {
  const bool listens = endpoint.kind == Endpoint::Kind::listen;
  if (listens && endpoint.is_encrypted)
    listen_secured(loop, endpoint, options);
  else if (listens)
    listen(loop, endpoint, options);
  else if (endpoint.is_encrypted)
    connect_secured(loop, endpoint, options);
  else
    connect(loop, endpoint, options);
}

Connecting::~Connecting() {
  stop_listening();
  if (!connection_) return;
  listeners_.clear();
  connection_->on<weir::Error>([](const weir::Error&) {});
  connection_->destroy();
}

void Connecting::connect(weir::Loop& loop, const Endpoint& endpoint,
                         const ConnectingOptions& options) {
  net::ConnectOptions to;
  if (endpoint.path.empty()) {
    to.host = endpoint.host;
    to.port = endpoint.port;
  } else {
    to.path = endpoint.path;
  }
  to.socket.allow_half_open = options.allow_half_open;
  to.socket.reset_unless_ended = true;
  to.socket.writable_high_water_mark = options.high_water_mark;
  follow<net::Connect>(endpoint, net::connect(loop, std::move(to)));
}

void Connecting::connect_secured(weir::Loop& loop, const Endpoint& endpoint,
                                 const ConnectingOptions& options) {
  weir::tls::ConnectOptions to{.port = endpoint.port, .host = endpoint.host};
  to.secure_context = options.trust.context;
  to.reject_unauthorized = !options.trust.is_blind;
  to.allow_half_open = options.allow_half_open;
  to.high_water_mark = options.high_water_mark;
  follow<weir::tls::SecureConnect>(endpoint, weir::tls::connect(loop, std::move(to)));
}

template <class Connected, class Socket>
void Connecting::follow(const Endpoint& endpoint, weir::Ref<Socket> socket) {
  connection_ = socket;
  listeners_.on<weir::Error>(*socket, [this, endpoint](const weir::Error& error) {
    listeners_.clear();
    connection_ = nullptr;
    settle(named(endpoint, error), nullptr);
  });
  listeners_.once<Connected>(*socket, [this] {
    listeners_.clear();
    connection_->pause();
    settle({}, std::exchange(connection_, nullptr));
  });
}

void Connecting::listen(weir::Loop& loop, const Endpoint& endpoint,
                        const ConnectingOptions& options) {
  await<net::ConnectionEvent>(endpoint, options,
                              net::create_server(loop, {.high_water_mark = options.high_water_mark,
                                                        .allow_half_open = options.allow_half_open,
                                                        .pause_on_connect = true,
                                                        .reset_unless_ended = true}));
}

void Connecting::listen_secured(weir::Loop& loop, const Endpoint& endpoint,
                                const ConnectingOptions& options) {
  weir::tls::ServerOptions how{.secure_context = options.trust.context};
  how.request_cert = options.trust.asks_who_connects;
  how.reject_unauthorized = !options.trust.is_blind;
  how.allow_half_open = options.allow_half_open;
  how.high_water_mark = options.high_water_mark;
  const auto server = weir::tls::create_server(loop, std::move(how));
  server->on<weir::tls::TlsClientError>([](const weir::tls::TlsClientError& event) {
    const weir::Error& untrusted = event.socket->authorization_error();
    complain(fmt::format("connection rejected: {}", (untrusted ? untrusted : event.error).what()));
  });
  await<weir::tls::SecureConnection>(endpoint, options, server);
}

template <class Arrived, class Server>
void Connecting::await(const Endpoint& endpoint, const ConnectingOptions& options,
                       weir::Ref<Server> server) {
  server->template on<Arrived>([this](const Arrived& event) {
    const weir::Ref<net::Connection> connection = event.socket;
    stop_listening();
    connection->pause();
    settle({}, connection);
  });
  server->template on<weir::Error>([this](const weir::Error& error) { settle(error, nullptr); });
  if (options.json || (endpoint.path.empty() && endpoint.port == 0))
    server->template on<net::Listening>(
        [server = server.get(), json = options.json] { tell_where(*server->address(), json); });
  stop_listening_ = [server] {
    server->remove_all_listeners();
    server->template on<weir::Error>([](const weir::Error&) {});
    server->close();
    if constexpr (requires { server->destroy_handshakes(); }) server->destroy_handshakes();
  };
  if (endpoint.path.empty())
    server->listen(endpoint.port, endpoint.host);
  else
    server->listen({.path = endpoint.path});
}

void Connecting::stop_listening() {
  if (weir::Function<void()> stop = std::move(stop_listening_)) stop();
}

void Connecting::settle(weir::Error error, weir::Ref<net::Connection> connection) {
  Connected connected = std::move(connected_);
  connected(std::move(error), std::move(connection));
}

}  // namespace tool
