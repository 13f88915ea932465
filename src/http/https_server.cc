// The parts of Server that need TLS.
#include "http/server_listener.h"
#include <weir/http/server.h>
#include <weir/net/tls_server.h>

#include <memory>
#include <utility>

namespace weir::http {
namespace {

class SecureListener final : public ListenerOver<tls::Server, tls::SecureConnection> {
 public:
  using ListenerOver::ListenerOver;

  void follow(Server& server) override {
    ListenerOver::follow(server);
    // Node: onServerTlsClientError. Its default, to destroy the connection, has been done.
    below().on<tls::TlsClientError>([&server](const tls::TlsClientError& event) {
      server.emit(ClientError{event.error, *event.socket});
    });
  }
  bool shakes_hands() const noexcept override { return below().connections() > 0; }
  void destroy_handshakes() override { below().destroy_handshakes(); }
  tls::Server* tls() noexcept override { return &below(); }
};

}  // namespace

Ref<Server> Server::make_secure(Loop& loop, tls::ServerOptions secure,
                                const ServerOptions& options) {
  const ServerOptions settled = checked(loop, options);
  secure.allow_half_open = true;
  secure.no_delay = options.no_delay;
  secure.keep_alive = options.keep_alive;
  secure.keep_alive_initial_delay = options.keep_alive_initial_delay;
  secure.high_water_mark = settled.high_water_mark;
  if (secure.alpn_protocols.empty() && !secure.alpn_callback) secure.alpn_protocols = {"http/1.1"};
  auto listener = std::make_unique<SecureListener>(tls::Server::make(loop, std::move(secure)));
  return Ref<Server>::adopt(new Server(loop, settled, std::move(listener)));
}

}  // namespace weir::http
