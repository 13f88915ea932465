// weir/net/server.h - accepts TCP and unix connections: Node's net.Server.
//
//   auto server = weir::net::create_server(loop, [](weir::net::Socket& socket) {
//     socket.pipe(socket);                               // an echo
//   });
//   server->listen(7000, "127.0.0.1");
//   loop.run();
//
// A listening server keeps itself alive, and the loop running unless unref was called; so does each
// of its connections. A connection that cannot be accepted or set up (no free descriptor, no free
// watch, already closed) is not an error of the server: the connection is closed and reported as
// Drop, and the server continues. A server that outlives its Loop is closed by the Loop.
//
// Events: Listening, ConnectionEvent, Drop, Error, Close.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/durations.h>
#include <weir/base/error.h>
#include <weir/base/function.h>
#include <weir/base/owned.h>
#include <weir/event/emitter.h>
#include <weir/event/tick_queue.h>
#include <weir/loop/loop.h>
#include <weir/net/address.h>
#include <weir/net/socket.h>
#include <weir/stream/events.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace weir::net {

class Descriptor;
class Listener;

// The server is bound and accepts connections. Node: 'listening'.
struct Listening {
  static constexpr std::string_view kEventName = "listening";
};
// A connection was accepted. Node: 'connection'.
struct ConnectionEvent {
  static constexpr std::string_view kEventName = "connection";
  Ref<Socket> socket;
};
// A connection was closed, because of max_connections or because of the error. Node: 'drop'.
struct Drop {
  static constexpr std::string_view kEventName = "drop";
  std::optional<Address> local;
  std::optional<Address> remote;
  Error error;
};

// Node's options. Each default is Node's, except the high-water marks: the loop's.
struct ServerOptions {
  // Of connections, as in SocketOptions.
  std::optional<std::int64_t> high_water_mark = {};
  std::optional<std::int64_t> readable_high_water_mark = {};
  std::optional<std::int64_t> writable_high_water_mark = {};
  bool allow_half_open = false;
  bool no_delay = false;
  bool keep_alive = false;
  std::chrono::seconds keep_alive_initial_delay = {};

  bool pause_on_connect = false;    // do not read connections ahead
  bool reset_unless_ended = false;  // as in SocketOptions
};

// The address to listen on. Each default is Node's.
struct ListenOptions {
  std::stop_token signal = {};            // a stop calls close()
  std::optional<std::int64_t> port = {};  // 0, or no port, path and fd: a free port
  std::string host = {};                  // empty: all addresses
  std::string path = {};  // of a unix socket; in the abstract namespace with a leading zero byte
  std::optional<int> fd = {};  // OWNS: a bound socket
  int backlog = 511;
  bool ipv6_only = false;
  // Allow other sockets on this address and port; the system distributes connections among them.
  bool reuse_port = false;
  bool readable_all = false;  // permissions of a unix socket
  bool writable_all = false;
};

class Server final : public RefCounted,
                     public Listenable<Server, Listening, ConnectionEvent, Drop, Error, Close>,
                     private LoopShutdownHook {
 public:
  static Ref<Server> make(Loop& loop, const ServerOptions& options = {});

  // Starts to listen; `listening` is added as a listener of Listening.
  // CALLS BACK: on a later tick Listening, or Error: "listen EADDRINUSE: address already in use
  // 127.0.0.1:80".
  // ERRORS: throws ERR_SERVER_ALREADY_LISTEN, ERR_SOCKET_BAD_PORT, ERR_INVALID_ARG_VALUE.
  // Node counterpart: listen.
  Server& listen(ListenOptions options = {}, Function<void()> listening = {});
  Server& listen(std::int64_t port, std::string host = {}, Function<void()> listening = {});
  Server& listen(std::int64_t port, Function<void()> listening);

  // Stops accepting.
  // CALLS BACK: Close, once all connections have closed; `closed` with it, with
  // ERR_SERVER_NOT_RUNNING if the server was not listening.
  // Node counterpart: close.
  Server& close(Callback closed = {});

  bool listening() const noexcept;
  // Empty unless the server listens. For a unix socket, its path. Node counterpart: address.
  std::optional<Address> address() const;

  // The number of connections above which new ones are dropped; empty: no limit.
  // Node: maxConnections.
  void set_max_connections(std::optional<std::size_t> most) noexcept { max_connections_ = most; }
  std::optional<std::size_t> max_connections() const noexcept { return max_connections_; }
  // The number of open connections. Node counterpart: getConnections.
  std::size_t connections() const noexcept { return connections_; }
  // CALLS BACK: `got` on the next tick. ERRORS: throws ERR_INVALID_ARG_TYPE for an empty `got`.
  Server& get_connections(Function<void(std::size_t)> got);

  // ref, unref: decide if the server keeps the loop running. Node: ref, unref.
  Server& ref();
  Server& unref();

  ListenerTable& listeners() noexcept { return listeners_; }

 private:
  friend class Listener;

  Server(Loop& loop, const ServerOptions& options);
  ~Server() override;

  void look_up_and_listen(ListenOptions options);
  void start(const Address& address, const ListenOptions& options);
  void on_listening(Error error);
  void on_accepted(std::unique_ptr<Descriptor> connection);
  void on_not_accepted(const Drop& drop);
  void emit_close_if_drained();
  void let_go() noexcept override;
  std::string describe() const override;
  std::string status() const override;

  Loop& loop_;
  ServerOptions options_;
  ListenerTable listeners_;
  Owned<Listener> listener_;      // while it listens
  Ref<Server> alive_;             // while it listens
  std::size_t listen_count_ = 0;  // a close during a lookup makes its result void
  std::optional<std::size_t> max_connections_;
  std::size_t connections_ = 0;
  bool referenced_ = true;
};

// Creates a server; `connected` is added as a listener of ConnectionEvent.
// Node counterpart: net.createServer.
Ref<Server> create_server(Loop& loop, Function<void(Socket&)> connected = {});
Ref<Server> create_server(Loop& loop, const ServerOptions& options,
                          Function<void(Socket&)> connected = {});

}  // namespace weir::net
