// weir/http/server.h - Server: an HTTP server. Node's http.Server.
//
//   auto server = weir::http::create_server(loop, [](auto& request, auto& response) {
//     response.write_head(200, {{"Content-Type", "text/plain"}});
//     request.pipe(response);                               // an echo
//   });
//   server->listen(8080);
//   loop.run();
//
// - Connections are kept alive for further requests. Pipelined requests are answered in order.
// - A malformed, slow or oversized request gets a response with an error status, and its connection
//   is closed: see ClientError and ServerOptions. docs/ordering.md lists the differences from Node.
// - If a listener of the server or of a message throws before the response has ended, the client
//   gets status 500, or a reset if the head was sent. Loop::run or on_uncaught gets the exception.
// - A server that listens or has connections keeps itself alive.
// - Events: RequestEvent, CheckContinue, CheckExpectation, Upgrade, ConnectEvent, DropRequest,
//   ClientError, ConnectionEvent, TimeoutEvent, net::Listening, net::Drop, Error, Close.
//
// A server with TLS:
//
//   auto server = weir::http::create_https_server(
//       loop, {.context = {.key = key, .cert = cert}}, [](auto& request, auto& response) { ... });
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
#include <weir/loop/scoped_timer.h>
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

// Node's options. Each default is Node's, except the high-water mark: the loop's. 0 switches a
// limit or a timeout off.
struct ServerOptions {
  // Of messages. A connection uses at least 64 KiB, so that several writes can be sent with one
  // call.
  std::optional<std::int64_t> high_water_mark = {};
  std::chrono::milliseconds timeout{0};  // without a byte in either direction, in any state
  // Answer a client that half-closes after its request. Otherwise the connection ends with the
  // client's side, and unwritten data is lost.
  // Node: httpAllowHalfOpen.
  bool allow_half_open = false;
  bool no_delay = true;
  bool keep_alive = false;  // net::Connection::set_keep_alive
  std::chrono::seconds keep_alive_initial_delay{0};

  // The time from a request's first byte (or the connection) to the end of its head, and to its
  // end. Empty: 60 s, at most request_timeout.
  std::optional<std::chrono::milliseconds> headers_timeout = {};
  std::chrono::milliseconds request_timeout{300'000};
  // The interval at which these two timeouts are checked.
  std::chrono::milliseconds connections_checking_interval{30'000};
  // The time that a connection waits for its next request, also sent to the client. The connection
  // is closed a little later, so that a request in transit is not lost.
  std::chrono::milliseconds keep_alive_timeout{5'000};
  std::chrono::milliseconds keep_alive_timeout_buffer{1'000};
  // The time that a response waits for the client's system to acknowledge a byte. The connection is
  // then reset, at most half the time later. For file servers, use a minute. No Node counterpart.
  std::chrono::milliseconds write_timeout{0};

  // The number of unanswered requests on one connection (pipelining). Further requests are read
  // when half of them are answered. No Node counterpart.
  std::size_t max_unanswered_requests = 32;
  std::size_t max_header_size = 16 * 1024;
  std::optional<std::size_t> max_headers_count = {};  // empty: 1000 headers
  bool join_duplicate_headers = false;                // see Headers::join_duplicates
  // Of responses: send several values of these as one header, joined with "; ".
  std::vector<std::string> unique_headers = {};
  // Accept the invalid input that Node accepts with this option: lines that end without CR or are
  // folded, invalid bytes in values, both Content-Length and Transfer-Encoding. A proxy in front of
  // the server may see other requests then (request smuggling).
  bool insecure_http_parser = false;
  int max_requests_per_socket = 0;
  bool require_host_header = true;
  bool reject_non_standard_body_writes = false;  // a body where none is allowed is an error
  // Whether a request for another protocol is an Upgrade or a RequestEvent. Empty: an Upgrade if
  // Upgrade has a listener. A connection whose Upgrade has no listener is destroyed.
  SharedFunction<bool(const IncomingMessage&)> should_upgrade_callback = {};
};

class Server final
    : public RefCounted,
      public Listenable<Server, RequestEvent, CheckContinue, CheckExpectation, Upgrade,
                        ConnectEvent, DropRequest, ClientError, ConnectionEvent, TimeoutEvent,
                        net::Listening, net::Drop, Error, Close> {
 public:
  // ERRORS: throws ERR_OUT_OF_RANGE if headers_timeout is longer than request_timeout.
  static Ref<Server> make(Loop& loop, const ServerOptions& options = {});
  // A server with TLS. Of `secure`, the options of the connections below TLS are ignored; those of
  // `options` apply. Without alpn_protocols and alpn_callback it offers "http/1.1". A failed
  // handshake is a ClientError.
  // ERRORS: also the errors of tls::Server.
  static Ref<Server> make_secure(Loop& loop, tls::ServerOptions secure,
                                 const ServerOptions& options = {});

  // As in net::Server.
  Server& listen(net::ListenOptions options = {}, Function<void()> listening = {});
  Server& listen(std::int64_t port, std::string host = {}, Function<void()> listening = {});
  Server& listen(std::int64_t port, Function<void()> listening);
  bool listening() const noexcept;
  std::optional<net::Address> address() const;
  void set_max_connections(std::optional<std::size_t> most) noexcept;
  Server& ref();
  Server& unref();

  // Serves HTTP on an existing connection.
  // CALLS BACK: ConnectionEvent, at once.
  // Node counterpart: server.emit('connection', socket).
  void serve(Ref<net::Connection> connection);
  // The number of connections being served.
  std::size_t connections() const noexcept;

  // Stops accepting connections, and closes those that wait for a request.
  // CALLS BACK: Close, once all have closed, also those that an Upgrade or ConnectEvent has handed
  // over; `closed` after the present listeners of Close, with ERR_SERVER_NOT_RUNNING if the server
  // was not listening.
  // Node counterpart: close.
  Server& close(Callback closed = {});
  // Closes the server of a program that ends. A connection without an unfinished response is closed
  // at once, even in a handshake or a request's head; any other after its responses, and it takes
  // no further request. An upload whose head has arrived may finish within the grace, and the owner
  // of a connection that was handed over may end it; after the grace all connections are destroyed.
  // `closed` is called as close's, at the end. No Node counterpart.
  Server& close_gracefully(std::chrono::milliseconds grace, Callback closed = {});
  // Node counterparts: closeIdleConnections, closeAllConnections.
  void close_idle_connections();
  void close_all_connections();

  // ServerOptions::timeout, for connections to come; `timed_out`, where given, listens to
  // TimeoutEvent.
  // Without a listener a connection that has timed out is destroyed. Node counterpart: setTimeout.
  Server& set_timeout(std::chrono::milliseconds idle, Callback timed_out = {});
  const ServerOptions& options() const noexcept { return options_; }

  // The TLS server below, for add_context and set_secure_context. Null without TLS.
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
  Ref<Server> alive_;  // while the server listens

  // finishing: as closing, after close_gracefully.
  enum class State : std::uint8_t { open, listening, closing, finishing, closed };
  State state_ = State::open;
  ScopedTimer grace_;  // in the state finishing
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

// Creates a server with TLS. Node counterpart: https.createServer.
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
