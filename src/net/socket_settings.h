// SocketSettings - what a program has set on a socket: kept until there is a descriptor to set it
// on.
#pragma once

#include "net/descriptor.h"
#include <weir/net/socket.h>

#include <optional>

namespace weir::net {

struct SocketSettings {
  explicit SocketSettings(const SocketOptions& options);

  // ERRORS: throws where what the options promise cannot be had.
  void apply_to(Descriptor& descriptor) const;

  bool no_delay;
  KeepAlive keep_alive;
  std::optional<int> type_of_service;
  bool reset_unless_ended;
  bool referenced = true;
};

}  // namespace weir::net
