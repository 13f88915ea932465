// The connection that an endpoint names: made to who listens, or waited for. Of those who connect,
// the first one is taken, and nobody listens any more. With TLS that is the first one who has
// shaken hands: whoever does not is told of and turned away.
#pragma once

#include "weir/endpoint.h"
#include "weir/trust.h"
#include <weir/weir.h>

#include <cstdint>
#include <optional>

namespace tool {

struct ConnectingOptions {
  bool allow_half_open = false;
  std::optional<std::int64_t> high_water_mark = {};  // of what is written
  bool json = false;                                 // how it is told where it listens
  Trust trust = {};
};

class Connecting {
 public:
  // A connection that is paused: nothing of it is read, nor its end, before it is resumed.
  using Connected = weir::Function<void(weir::Error, weir::Ref<weir::net::Connection>)>;

  // CALLS BACK: `connected` once, later, and not once this is gone; it may destroy this.
  // REQUIRES: endpoint.is_socket().
  Connecting(weir::Loop& loop, const Endpoint& endpoint, const ConnectingOptions& options,
             Connected connected);
  Connecting(const Connecting&) = delete;
  Connecting& operator=(const Connecting&) = delete;
  ~Connecting();  // what is not connected is given up

 private:
  void connect(weir::Loop& loop, const Endpoint& endpoint, const ConnectingOptions& options);
  void connect_secured(weir::Loop& loop, const Endpoint& endpoint,
                       const ConnectingOptions& options);
  // Waits for the event by which it is connected.
  template <class Connected, class Socket>
  void follow(const Endpoint& endpoint, weir::Ref<Socket> socket);
  void listen(weir::Loop& loop, const Endpoint& endpoint, const ConnectingOptions& options);
  void listen_secured(weir::Loop& loop, const Endpoint& endpoint, const ConnectingOptions& options);
  // Waits for the event that has the connection.
  template <class Arrived, class Server>
  void await(const Endpoint& endpoint, const ConnectingOptions& options, weir::Ref<Server> server);
  void stop_listening();
  void settle(weir::Error error, weir::Ref<weir::net::Connection> connection);

  Connected connected_;                          // until it was called
  weir::Function<void()> stop_listening_;        // while it listens
  weir::Ref<weir::net::Connection> connection_;  // until it is connected
  weir::ListenerId failed_ = weir::ListenerId::none;
  weir::ListenerId connected_by_ = weir::ListenerId::none;
};

}  // namespace tool
