// sim/http_peer.h - HttpPeer: a client that speaks to the server in bytes, well or badly.
//
// - All answers begin as answers. Pipelined requests are answered in their order, byte for byte.
// - A peer that makes no sense, or no progress, is rid of its connection.
#pragma once

#include "sim/http_plan.h"
#include "sim/world.h"
#include <weir/base/ref.h>
#include <weir/net/socket.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace weir::sim {

// The body of the answer to a peer's request.
constexpr unsigned kPeerPattern = 77;

class HttpPeer {
 public:
  HttpPeer(World& world, unsigned number, const Peer& plan);

  void start(const Ref<net::Socket>& socket);
  // Of a calm life at rest.
  void check_whole();
  // Leaves.
  void end();
  void drop() { socket_ = nullptr; }

 private:
  void send(std::string bytes);
  void send_pieces();
  void send_slowly();

  World& world_;
  Peer plan_;
  Random random_;
  std::string name_;
  Ref<net::Socket> socket_;
  std::string to_send_;
  std::string received_;
  std::string expected_;  // of pipelined requests
};

}  // namespace weir::sim
