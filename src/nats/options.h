// Turns ConnectOptions into cnats' options.
#pragma once

#include "nats/handles.h"
#include <weir/nats/connection.h>

#include <string>
#include <vector>

namespace weir::nats::internal {

// ERRORS: throws ERR_NATS_INVALID_ARGUMENT, ERR_NATS_TLS for certificates that cannot be read.
OwnedOptions make_options(const std::vector<std::string>& urls, const ConnectOptions& options);

}  // namespace weir::nats::internal
