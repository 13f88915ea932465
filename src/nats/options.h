// Turns ConnectOptions into cnats' options.
#pragma once

#include "nats/handles.h"
#include "nats/servers.h"
#include <weir/nats/connection.h>

namespace weir::nats::internal {

// ERRORS: throws ERR_NATS_INVALID_ARGUMENT, ERR_NATS_TLS for certificates that cannot be read.
OwnedOptions make_options(const ServerGroup& servers, const ConnectOptions& options);

}  // namespace weir::nats::internal
