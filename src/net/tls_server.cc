#include <weir/net/tls_server.h>

#include "net/handshake_limit.h"
#include "net/tls_engine.h"
#include "net/tls_error.h"
#include <weir/net/tls_errors.h>

#include <ranges>
#include <utility>

namespace weir::tls {
namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// A star matches any characters except dots.
bool stands_for(std::string_view pattern, std::string_view host) noexcept {
  if (pattern.empty()) return host.empty();
  if (pattern.front() != '*')
    return !host.empty() && lower(pattern.front()) == lower(host.front()) &&
           stands_for(pattern.substr(1), host.substr(1));
  for (std::size_t taken = 0;; ++taken) {
    if (stands_for(pattern.substr(1), host.substr(taken))) return true;
    if (taken == host.size() || host[taken] == '.') return false;
  }
}

}  // namespace

// A connection during its handshake. Its listeners share it.
class Server::Greeting final : public RefCounted {
 public:
  explicit Greeting(Socket& socket) : socket_(socket) {}

  void destroy() { socket_.destroy(); }
  ~Greeting() override { leave(); }  // a Loop that ends may drop the socket

  void begin(Server& server) {
    place_ = server.greetings_.size();
    server.greetings_.push_back(this);
    server_ = Ref<Server>(&server);  // from here on it can leave
    const Ref<Greeting> shared(this);
    socket_.once<SecureConnect>([shared] { shared->succeed(); });
    socket_.on<Error>([shared](const Error& error) { shared->fail(error); });
    // A client that closes during the handshake without an error.
    socket_.once<Close>([shared] { shared->fail(connection_reset("socket hang up")); });
  }

 private:
  void succeed() {
    if (const Ref<Server> server = leave()) server->emit(SecureConnection{Ref<Socket>(&socket_)});
  }
  void fail(const Error& error) {
    if (const Ref<Server> server = leave())
      server->emit(TlsClientError{error, Ref<Socket>(&socket_)});
  }
  Ref<Server> leave() {
    if (server_) {
      std::vector<Greeting*>& all = server_->greetings_;
      all.back()->place_ = place_;
      all[place_] = all.back();
      all.pop_back();
    }
    return std::exchange(server_, nullptr);
  }

  Ref<Server> server_;     // during the handshake
  Socket& socket_;         // its listeners own this
  std::size_t place_ = 0;  // the index in greetings_
};

Ref<Server> Server::make(Loop& loop, ServerOptions options) {
  return Ref<Server>::adopt(new Server(loop, std::move(options)));
}

Server::Server(Loop& loop, ServerOptions options)
    : LoopShutdownHook(loop.ticks()),
      loop_(loop),
      options_(std::move(options)),
      context_(options_.secure_context ? options_.secure_context
                                       : create_secure_context(options_.context)),
      listeners_(&loop.ticks(), this),
      server_(net::Server::make(
          loop, {// Half-open, so that a close_notify can be sent after the peer's end.
                 .allow_half_open = true,
                 .no_delay = options_.no_delay,
                 .keep_alive = options_.keep_alive,
                 .keep_alive_initial_delay = options_.keep_alive_initial_delay})) {
  if (!options_.high_water_mark)
    options_.high_water_mark = static_cast<std::int64_t>(loop.default_high_water_mark());
  alpn_wire_format(options_.alpn_protocols);  // throws here instead of for each client
  server_listeners_.on<net::Listening>(*server_, [this] { emit(net::Listening{}); });
  server_listeners_.on<net::ConnectionEvent>(*server_, [this](const net::ConnectionEvent& event) {
    const Ref<Server> alive(this);
    try {
      emit(event);
    } catch (...) {
      event.socket->destroy();  // without a handshake, it would have no owner
      throw;
    }
    try {
      greet(event.socket);
    } catch (...) {
      const net::Drop drop{event.socket->local_address(), event.socket->remote_address(),
                           Error::from_current_exception()};
      event.socket->destroy();
      emit(drop);
    }
  });
  server_listeners_.on<net::Drop>(*server_, [this](const net::Drop& drop) { emit(drop); });
  server_listeners_.on<Error>(*server_, [this](const Error& error) {
    const Ref<Server> last = std::exchange(alive_, nullptr);
    emit(error);
  });
  server_listeners_.on<Close>(*server_, [this](const Close& close) {
    const Ref<Server> last = std::exchange(alive_, nullptr);
    emit(close);
  });
}

Server::~Server() = default;

void Server::let_go() noexcept {
  const Pin alive(*this);
  const Ref<Server> listening = std::exchange(alive_, nullptr);
  options_.sni_callback = nullptr;  // callbacks may own the server
  options_.alpn_callback = nullptr;
  listeners_.close();
}

Server& Server::listen(net::ListenOptions options, Function<void()> listening) {
  if (is_gone_for("listen")) return *this;
  server_->listen(std::move(options));
  alive_ = Ref<Server>(this);
  if (listening) once<net::Listening>(std::move(listening));
  return *this;
}
Server& Server::listen(std::int64_t port, std::string host, Function<void()> listening) {
  return listen({.port = port, .host = std::move(host)}, std::move(listening));
}
Server& Server::listen(std::int64_t port, Function<void()> listening) {
  return listen({.port = port}, std::move(listening));
}

void Server::greet(const Ref<net::Socket>& connection) {
  if (connection->destroyed()) return;
  SocketOptions settings{.high_water_mark = options_.high_water_mark,
                         .allow_half_open = options_.allow_half_open,
                         .is_server = true,
                         .secure_context = context_,
                         .alpn_protocols = options_.alpn_protocols,
                         .reject_unauthorized = options_.reject_unauthorized,
                         .ignore_unexpected_eof = options_.ignore_unexpected_eof,
                         .request_cert = options_.request_cert};
  // The sockets' callbacks keep the server alive, even after it stops listening.
  const Ref<Server> self(this);
  if (options_.sni_callback || !named_contexts_.empty())
    settings.sni_callback = [self](std::string_view host, SniAnswer answer) {
      self->answer_for(host, std::move(answer));
    };
  if (options_.alpn_callback)
    settings.alpn_callback = [self](std::string_view host, const std::vector<std::string>& of) {
      return self->options_.alpn_callback(host, of);
    };
  const Ref<Socket> socket = Socket::make(connection, std::move(settings));
  limit_handshake(loop_, *socket, options_.handshake_timeout);
  make_ref<Greeting>(*socket)->begin(*this);
}

void Server::destroy_handshakes() {
  std::vector<Ref<Greeting>> greetings;
  for (Greeting* const greeting : greetings_) greetings.emplace_back(greeting);
  for (const Ref<Greeting>& greeting : greetings) greeting->destroy();
}

void Server::answer_for(std::string_view host, SniAnswer answer) {
  if (options_.sni_callback) return options_.sni_callback(host, std::move(answer));
  for (const auto& [pattern, context] : named_contexts_ | std::views::reverse)
    if (stands_for(pattern, host)) return answer({}, context);
  answer({}, nullptr);
}

void Server::add_context(std::string servername, Ref<SecureContext> context) {
  if (servername.empty()) throw Error(Errc::required_server_name);
  named_contexts_.emplace_back(std::move(servername), std::move(context));
}

Ref<Server> create_server(Loop& loop, ServerOptions options, Function<void(Socket&)> secured) {
  Ref<Server> server = Server::make(loop, std::move(options));
  if (secured)
    server->on<SecureConnection>(
        [secured = std::move(secured)](const SecureConnection& event) mutable {
          secured(*event.socket);
        });
  return server;
}

}  // namespace weir::tls
