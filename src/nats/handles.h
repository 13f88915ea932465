// Owners of cnats' objects.
#pragma once

#include <memory>

#include <nats/nats.h>

namespace weir::nats::internal {

struct DestroysMessage {
  void operator()(natsMsg* message) const noexcept { natsMsg_Destroy(message); }
};
using OwnedMessage = std::unique_ptr<natsMsg, DestroysMessage>;

// Closes it first.
struct DestroysConnection {
  void operator()(natsConnection* connection) const noexcept { natsConnection_Destroy(connection); }
};
using OwnedConnection = std::unique_ptr<natsConnection, DestroysConnection>;

struct DestroysOptions {
  void operator()(natsOptions* options) const noexcept { natsOptions_Destroy(options); }
};
using OwnedOptions = std::unique_ptr<natsOptions, DestroysOptions>;

struct DestroysSubscription {
  void operator()(natsSubscription* subscription) const noexcept {
    natsSubscription_Destroy(subscription);
  }
};
using OwnedSubscription = std::unique_ptr<natsSubscription, DestroysSubscription>;

}  // namespace weir::nats::internal
