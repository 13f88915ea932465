// weir/net/tls_server.h - tls::Server: accepts TLS connections. Node's tls.Server.
//
//   auto server = weir::tls::create_server(loop, {.context = {.key = key, .cert = cert}},
//                                          [](weir::tls::Socket& socket) { socket.end("hello"); });
//   server->listen(8443);
//   loop.run();
//
// - SecureConnection is emitted after a connection's handshake.
// - TlsClientError is emitted once for a handshake that fails, ends early or takes longer than
//   handshake_timeout. The connection is closed.
// - As in Node, an Error of a connection without a listener closes the connection and is not
//   thrown.
// - Events: SecureConnection, TlsClientError, and a net::Server's.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/durations.h>
#include <weir/base/error.h>
#include <weir/base/function.h>
#include <weir/event/emitter.h>
#include <weir/event/scoped_listeners.h>
#include <weir/event/tick_queue.h>
#include <weir/loop/loop.h>
#include <weir/net/address.h>
#include <weir/net/server.h>
#include <weir/net/tls_context.h>
#include <weir/net/tls_socket.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::tls {

// A handshake has succeeded. Node: 'secureConnection'.
struct SecureConnection {
  static constexpr std::string_view kEventName = "secureConnection";
  Ref<Socket> socket;
};
// A handshake has failed, and the connection is closed. Node: 'tlsClientError'.
struct TlsClientError {
  static constexpr std::string_view kEventName = "tlsClientError";
  Error error;
  Ref<Socket> socket;
};

// Node's options of the same names. Each default is Node's, except the high-water mark: the
// loop's.
struct ServerOptions {
  // Of connections, as in SocketOptions and net::ServerOptions.
  std::optional<std::int64_t> high_water_mark = {};
  bool allow_half_open = false;
  bool no_delay = false;
  bool keep_alive = false;
  std::chrono::seconds keep_alive_initial_delay = {};

  Ref<SecureContext> secure_context = {};  // none: one of these options
  SecureContextOptions context = {};
  std::vector<std::string> alpn_protocols = {};
  bool reject_unauthorized = true;  // refuse a client without a trusted certificate if request_cert
  bool ignore_unexpected_eof = false;
  AlpnCallback alpn_callback = {};  // instead of alpn_protocols
  SniCallback sni_callback = {};    // instead of add_context
  bool request_cert = false;
  std::chrono::milliseconds handshake_timeout = std::chrono::seconds(120);
};

class Server final : public RefCounted,
                     public Listenable<Server, SecureConnection, TlsClientError, net::Listening,
                                       net::ConnectionEvent, net::Drop, Error, Close>,
                     private LoopShutdownHook {
 public:
  // ERRORS: throws the errors of SecureContext, and ERR_OUT_OF_RANGE for an empty protocol name.
  // Node counterpart: new tls.Server.
  static Ref<Server> make(Loop& loop, ServerOptions options);

  // As in net::Server.
  Server& listen(net::ListenOptions options = {}, Function<void()> listening = {});
  Server& listen(std::int64_t port, std::string host = {}, Function<void()> listening = {});
  Server& listen(std::int64_t port, Function<void()> listening);
  Server& close(Callback closed = {}) {
    server_->close(std::move(closed));
    return *this;
  }
  // Destroys the connections whose handshake is not complete.
  // CALLS BACK: TlsClientError for each, later. No Node counterpart.
  void destroy_handshakes();
  bool listening() const noexcept { return server_->listening(); }
  std::optional<net::Address> address() const { return server_->address(); }
  std::size_t connections() const noexcept { return server_->connections(); }
  void set_max_connections(std::optional<std::size_t> most) noexcept {
    server_->set_max_connections(most);
  }
  Server& ref() {
    server_->ref();
    return *this;
  }
  Server& unref() {
    server_->unref();
    return *this;
  }

  // Uses `context` for clients that request this host name. The last matching name wins. A star in
  // a name matches a label, or a part of one.
  // ERRORS: throws ERR_TLS_REQUIRED_SERVER_NAME for an empty name.
  // Node counterpart: addContext.
  void add_context(std::string servername, Ref<SecureContext> context);
  // Applies to later connections. Node counterpart: setSecureContext.
  void set_secure_context(Ref<SecureContext> context) { context_ = std::move(context); }

  ListenerTable& listeners() noexcept { return listeners_; }

 private:
  class Greeting;

  Server(Loop& loop, ServerOptions options);
  ~Server() override;

  void let_go() noexcept override;
  std::string describe() const override { return "a tls::Server"; }
  void greet(const Ref<net::Socket>& connection);
  void answer_for(std::string_view host, SniAnswer answer);

  Loop& loop_;
  ServerOptions options_;
  Ref<SecureContext> context_;
  std::vector<std::pair<std::string, Ref<SecureContext>>> named_contexts_;
  ListenerTable listeners_;
  Ref<net::Server> server_;
  Ref<Server> alive_;  // from listen to Close, or to the Error of listen
  std::vector<Greeting*> greetings_;
  ScopedListeners server_listeners_;
};

// Creates a server; `secured` is added as a listener of SecureConnection.
// Node counterpart: tls.createServer.
Ref<Server> create_server(Loop& loop, ServerOptions options, Function<void(Socket&)> secured = {});

}  // namespace weir::tls
