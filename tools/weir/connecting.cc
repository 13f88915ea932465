#include "weir/connecting.h"

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
  say(stderr, nlohmann::json{{"listening", place}}.dump() + "\n");
}

}  // namespace

Connecting::Connecting(weir::Loop& loop, const Endpoint& endpoint, const ConnectingOptions& options,
                       Connected connected)
    : connected_(std::move(connected)) {
  if (endpoint.kind == Endpoint::Kind::listen)
    listen(loop, endpoint, options);
  else
    connect(loop, endpoint, options);
}

Connecting::~Connecting() {
  stop_listening();
  if (!socket_) return;
  socket_->remove_all_listeners();
  socket_->on<weir::Error>([](const weir::Error&) {});
  socket_->destroy();
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
  to.socket.writable_high_water_mark = options.high_water_mark;
  socket_ = net::connect(loop, std::move(to));
  const auto failed = socket_->on<weir::Error>([this](const weir::Error& error) {
    socket_ = nullptr;
    settle(error, nullptr);
  });
  socket_->once<net::Connect>([this, failed] {
    socket_->off(failed);
    socket_->pause();
    settle({}, std::exchange(socket_, nullptr));
  });
}

void Connecting::listen(weir::Loop& loop, const Endpoint& endpoint,
                        const ConnectingOptions& options) {
  server_ = net::create_server(loop, {.allow_half_open = options.allow_half_open,
                                      .pause_on_connect = true,
                                      .high_water_mark = options.high_water_mark});
  server_->on<net::ConnectionEvent>([this](const net::ConnectionEvent& event) {
    const weir::Ref<net::Socket> socket = event.socket;
    stop_listening();
    settle({}, socket);
  });
  server_->on<weir::Error>([this](const weir::Error& error) { settle(error, nullptr); });
  if (options.json || (endpoint.path.empty() && endpoint.port == 0))
    server_->on<net::Listening>(
        [server = server_.get(), json = options.json] { tell_where(*server->address(), json); });
  if (endpoint.path.empty())
    server_->listen(endpoint.port, endpoint.host);
  else
    server_->listen({.path = endpoint.path});
}

void Connecting::stop_listening() {
  const auto server = std::exchange(server_, nullptr);
  if (!server) return;
  server->remove_all_listeners();
  server->on<weir::Error>([](const weir::Error&) {});
  server->close();
}

void Connecting::settle(weir::Error error, weir::Ref<net::Connection> connection) {
  Connected connected = std::move(connected_);
  connected(std::move(error), std::move(connection));
}

}  // namespace tool
