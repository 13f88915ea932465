// Makes the connection of an endpoint: connects, or listens and accepts the first connection. With
// TLS, that is the first one whose handshake succeeds; others are reported and closed.
#pragma once

#include "weir/endpoint.h"
#include "weir/trust.h"
#include <weir/weir.h>

#include <cstdint>
#include <optional>

namespace tool {

struct ConnectingOptions {
  bool allow_half_open = false;
  std::optional<std::int64_t> high_water_mark = {};  // of the connection's writable side
  bool json = false;                                 // print the listening address as JSON
  Trust trust = {};
};

class Connecting {
 public:
  // Takes a paused connection: neither data nor its end is read before resume().
  using Connected = weir::Function<void(weir::Error, weir::Ref<weir::net::Connection>)>;

  // CALLS BACK: `connected` once, later, and not after the destructor; it may destroy this.
  // REQUIRES: endpoint.is_socket().
  Connecting(weir::Loop& loop, const Endpoint& endpoint, const ConnectingOptions& options,
             Connected connected);
  Connecting(const Connecting&) = delete;
  Connecting& operator=(const Connecting&) = delete;
  ~Connecting();  // gives up an unfinished attempt

 private:
  void connect(weir::Loop& loop, const Endpoint& endpoint, const ConnectingOptions& options);
  void connect_secured(weir::Loop& loop, const Endpoint& endpoint,
                       const ConnectingOptions& options);
  // Waits for the event that reports success.
  template <class Connected, class Socket>
  void follow(const Endpoint& endpoint, weir::Ref<Socket> socket);
  void listen(weir::Loop& loop, const Endpoint& endpoint, const ConnectingOptions& options);
  void listen_secured(weir::Loop& loop, const Endpoint& endpoint, const ConnectingOptions& options);
  // Waits for the event that has the connection.
  template <class Arrived, class Server>
  void await(const Endpoint& endpoint, const ConnectingOptions& options, weir::Ref<Server> server);
  void stop_listening();
  void settle(weir::Error error, weir::Ref<weir::net::Connection> connection);

  Connected connected_;                          // until it is called
  weir::Function<void()> stop_listening_;        // while listening
  weir::Ref<weir::net::Connection> connection_;  // until it is connected
  weir::ScopedListeners listeners_;              // of it
};

}  // namespace tool
