// Turns ConnectOptions into cnats' options.
#pragma once

#include "nats/handles.h"
#include "nats/servers.h"
#include <weir/nats/connection.h>

namespace weir::nats::internal {

// Looks at the files of the options. ERRORS: throws as nats::connect.
OwnedOptions make_options(const ServerGroup& servers, const ConnectOptions& options);
// True if the user is known by a signature.
bool has_seed(const ConnectOptions& options) noexcept;

}  // namespace weir::nats::internal
