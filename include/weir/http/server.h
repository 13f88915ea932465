// weir/http/server.h - answers HTTP requests: Node's http.Server.
//
//   auto server = weir::http::create_server(loop, [](auto& request, auto& response) {
//     response.write_head(200, {{"Content-Type", "text/plain"}});
//     request.pipe(response);                               // an echo
//   });
//   server->listen(8080);
//   loop.run();
//
// Connections are kept for further requests; those that come before the last one is answered are
// answered in their order. Whatever is no HTTP, or comes too slowly, or is too much, is answered
// as Node answers it and the connection is closed: see ClientError and ServerOptions.
//
// A listener that throws leaves nobody waiting: where it is the server's or a message's and the
// response is not ended, the client gets a 500, or, once a head was sent, sees the connection
// reset. The exception goes on to Loop::run or on_uncaught.
//
// Over TLS, where it is made so:
//
//   auto server = weir::http::create_https_server(
//       loop, {.context = {.key = key, .cert = cert}}, [](auto& request, auto& response) { ... });
//
// A server that listens or has connections keeps itself alive.
//
// Events: RequestEvent, CheckContinue, CheckExpectation, Upgrade, ConnectEvent, DropRequest,
// ClientError, ConnectionEvent, TimeoutEvent, net::Listening, net::Drop, Error, Close.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/durations.h>
#include <weir/base/function.h>
#include <weir/base/invoke.h>
#include <weir/base/owned.h>
#include <weir/event/emitter.h>
#include <weir/http/events.h>
#include <weir/http/incoming_message.h>
#include <weir/http/server_response.h>
#include <weir/loop/loop.h>
#include <weir/net/server.h>
#include <weir/net/tls_server.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::http {

class ServerConnections;
class ServerListener;
template <class Below, class Arrived>
class ListenerOver;

// Node's options. Each default is Node's; 0 switches a limit or a timeout off.
struct ServerOptions {
  // Of messages. A connection that it accepts takes 64 KiB, where that is more, for what several
  // writes have brought to go out in one call.
  std::optional<std::int64_t> high_water_mark = {};
  std::chrono::milliseconds timeout{0};  // without a byte either way, whatever is going on
  // Answers a client that ends its side once it has asked. Without it the connection is ended with
  // the client's side, and what is not written by then is lost. Node: httpAllowHalfOpen.
  bool allow_half_open = false;
  bool no_delay = true;
  bool keep_alive = false;  // net::Connection::set_keep_alive
  std::chrono::seconds keep_alive_initial_delay{0};

  // From a request's first byte (or from the connection) to the end of its head, and to its own
  // end. Nothing: 60 s, but not more than request_timeout.
  std::optional<std::chrono::milliseconds> headers_timeout = {};
  std::chrono::milliseconds request_timeout{300'000};
  // How often those two are looked at.
  std::chrono::milliseconds connections_checking_interval{30'000};
  // How long a connection may wait for its next request. The client is told that, and the
  // connection is closed so much later, so that a request which is under way then is not lost.
  std::chrono::milliseconds keep_alive_timeout{5'000};
  std::chrono::milliseconds keep_alive_timeout_buffer{1'000};
  // How long a response may wait without the client's system confirming a byte; then the connection
  // is reset, half as late again at most. For servers of files a minute. No Node counterpart.
  std::chrono::milliseconds write_timeout{0};

  // How many requests of one connection may be unanswered (pipelining); the next ones are not read
  // until half of those are answered. No Node counterpart.
  std::size_t max_unanswered_requests = 32;
  std::size_t max_header_size = 16 * 1024;
  std::optional<std::size_t> max_headers_count = {};  // nothing: 1000 lines
  bool join_duplicate_headers = false;                // see Headers::join_duplicates
  // Of responses: several values of these are one line, with "; " between them.
  std::vector<std::string> unique_headers = {};
  // Takes what Node takes in this case: lines that end without CR or go on in the next, bytes in
  // values that may not be there, both lengths. Whoever stands before the server may see other
  // requests in that than the server does (smuggling).
  bool insecure_http_parser = false;
  int max_requests_per_socket = 0;
  bool require_host_header = true;
  bool reject_non_standard_body_writes = false;  // a body where none may be is an error
  // Whether a request that asks for another protocol is an Upgrade; else a RequestEvent. Without
  // it: whether Upgrade has a listener. A connection whose Upgrade has none is destroyed.
  SharedFunction<bool(const IncomingMessage&)> should_upgrade_callback = {};
};

class Server final
    : public RefCounted,
      public Listenable<Server, RequestEvent, CheckContinue, CheckExpectation, Upgrade,
                        ConnectEvent, DropRequest, ClientError, ConnectionEvent, TimeoutEvent,
                        net::Listening, net::Drop, Error, Close> {
 public:
  // ERRORS: throws ERR_OUT_OF_RANGE for a headers_timeout above the request_timeout.
  static Ref<Server> make(Loop& loop, const ServerOptions& options = {});
  // One that speaks TLS. Of `secure`, what concerns the connections below TLS does not count, but
  // that of `options`; without alpn_protocols and alpn_callback it says "http/1.1". A handshake
  // that fails is told as ClientError. ERRORS: throws what tls::Server does as well.
  static Ref<Server> make_secure(Loop& loop, tls::ServerOptions secure,
                                 const ServerOptions& options = {});

  // As net::Server's.
  Server& listen(net::ListenOptions options = {}, Function<void()> listening = {});
  Server& listen(std::int64_t port, std::string host = {}, Function<void()> listening = {});
  Server& listen(std::int64_t port, Function<void()> listening);
  bool listening() const noexcept;
  std::optional<net::Address> address() const;
  void set_max_connections(std::optional<std::size_t> most) noexcept;
  Server& ref();
  Server& unref();

  // Speaks HTTP on a connection that came from elsewhere. CALLS BACK: ConnectionEvent, at once.
  // Node counterpart: server.emit('connection', socket).
  void serve(Ref<net::Connection> connection);
  // How many are being served.
  std::size_t connections() const noexcept;

  // Takes no more connections and closes those that wait for a request.
  // CALLS BACK: Close, once all have closed; `closed` behind those who listen to it by now, with
  // ERR_SERVER_NOT_RUNNING where it did not listen. Node counterpart: close.
  Server& close(Callback closed = {});
  // close(), for a program that has to end: a connection that owes no response is closed as well, a
  // handshake or an unfinished request notwithstanding; any other one once it has sent its
  // responses, and no further request is taken from it. After `grace`, all are destroyed.
  // No Node counterpart.
  Server& close_gracefully(std::chrono::milliseconds grace, Callback closed = {});
  // Node counterparts: closeIdleConnections, closeAllConnections.
  void close_idle_connections();
  void close_all_connections();

  // ServerOptions::timeout, for connections to come; `timed_out`, where given, listens to
  // TimeoutEvent.
  // Without a listener a connection that has timed out is destroyed. Node counterpart: setTimeout.
  Server& set_timeout(std::chrono::milliseconds idle, Callback timed_out = {});
  const ServerOptions& options() const noexcept { return options_; }

  // Where it speaks TLS, the server below: for add_context, set_secure_context. Null where not.
  tls::Server* tls() const noexcept;

  ListenerTable& listeners() noexcept { return listeners_; }

 private:
  friend class ServerConnections;
  template <class Below, class Arrived>
  friend class ListenerOver;

  static ServerOptions checked(Loop& loop, ServerOptions options);
  Server(Loop& loop, const ServerOptions& options, std::unique_ptr<ServerListener> listener);
  ~Server() override;

  void on_listening(const net::Listening& event);
  void on_not_listening(const Error& error);
  void emit_close_if_over();
  void destroy_everything();
  void stop_grace() noexcept;
  void let_go() noexcept;
  bool is_gone_for(const char* call) const noexcept;

  Loop& loop_;
  ServerOptions options_;
  ListenerTable listeners_;
  Owned<ServerListener> listener_;
  Owned<ServerConnections> connections_;
  Ref<Server> alive_;  // while it listens

  // finishing: as closing, by close_gracefully.
  enum class State : std::uint8_t { open, listening, closing, finishing, closed };
  State state_ = State::open;
  Ref<Timer> grace_;  // while finishing
};

// Makes a server; `requested(request, response)` listens to RequestEvent.
// ERRORS: as Server::make; throws ERR_INVALID_ARG_TYPE for an empty function.
// Node counterpart: http.createServer.
template <class F>
  requires std::invocable<F&, IncomingMessage&, ServerResponse&>
Ref<Server> create_server(Loop& loop, const ServerOptions& options, F requested) {
  weir::internal::require_function(requested, "requestListener");
  Ref<Server> server = Server::make(loop, options);
  server->on<RequestEvent>([requested = std::move(requested)](const RequestEvent& event) mutable {
    weir::internal::invoke(requested, event.request, event.response);
  });
  return server;
}
template <class F>
  requires std::invocable<F&, IncomingMessage&, ServerResponse&>
Ref<Server> create_server(Loop& loop, F requested) {
  return create_server(loop, ServerOptions(), std::move(requested));
}

// The same over TLS. Node counterpart: https.createServer.
template <class F>
  requires std::invocable<F&, IncomingMessage&, ServerResponse&>
Ref<Server> create_https_server(Loop& loop, tls::ServerOptions secure, const ServerOptions& options,
                                F requested) {
  weir::internal::require_function(requested, "requestListener");
  Ref<Server> server = Server::make_secure(loop, std::move(secure), options);
  server->on<RequestEvent>([requested = std::move(requested)](const RequestEvent& event) mutable {
    weir::internal::invoke(requested, event.request, event.response);
  });
  return server;
}
template <class F>
  requires std::invocable<F&, IncomingMessage&, ServerResponse&>
Ref<Server> create_https_server(Loop& loop, tls::ServerOptions secure, F requested) {
  return create_https_server(loop, std::move(secure), ServerOptions(), std::move(requested));
}

}  // namespace weir::http
