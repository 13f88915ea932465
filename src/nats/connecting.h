// The calls of cnats that block: made on threads of their own.
#pragma once

#include "nats/bridge.h"
#include "nats/handles.h"

#include <memory>
#include <string>
#include <vector>

namespace weir::nats::internal {

struct ConnectAttempt {
  OwnedOptions options;
  bool signs;  // the options have the seed of a key
};

// Connects on a thread: by the first of the attempts whose servers take the connection.
// CALLS BACK: Link::on_connected, by the bridge.
// ERRORS: throws the system's error if there is no thread, and ERR_NATS_INVALID_ARGUMENT.
void start_connecting(const std::shared_ptr<Bridge>& bridge, std::vector<ConnectAttempt> attempts);
// 22 characters that no other process has: cnats' NUID.
std::string random_name();

}  // namespace weir::nats::internal
