// SocketSettings - the options that a program has set on a socket, kept until it has a descriptor.
#pragma once

#include "net/descriptor.h"
#include <weir/net/socket.h>

#include <optional>

namespace weir::net {

struct SocketSettings {
  explicit SocketSettings(const SocketOptions& options);

  // ERRORS: throws if the system refuses an option that must hold.
  void apply_to(Descriptor& descriptor) const;

  bool no_delay;
  KeepAlive keep_alive;
  std::optional<int> type_of_service;
  bool reset_unless_ended;
  bool referenced = true;
};

}  // namespace weir::net
