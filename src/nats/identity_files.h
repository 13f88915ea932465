// The identity files of a client: credentials and seeds. cnats reads them while it connects, on a
// thread of its own, and reports a missing or malformed one as a failure of the protocol. So they
// are examined before each attempt.
#pragma once

#include <string>

namespace weir::nats::internal {

// A user's JWT and seed, each between two lines of dashes.
// ERRORS: throws the system's error with the path, and ERR_NATS_INVALID_ARGUMENT.
void require_credentials(const std::string& path);
// The seed of an NKey. ERRORS: as above.
void require_seed(const std::string& path);

}  // namespace weir::nats::internal
