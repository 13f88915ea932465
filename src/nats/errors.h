// Errors of NATS: the library's status, or a code, with the operation and its subject.
#pragma once

#include <weir/nats/errors.h>

#include <string_view>

#include <nats/nats.h>

namespace weir::nats::internal {

// Success for NATS_OK. `detail`: the server's words; empty for the library's.
Error from_nats(natsStatus status, std::string_view operation, std::string_view subject = {},
                std::string_view detail = {});
// "No answer in time: publish 'logs.web' (after 5000 ms)"
Error failure(Errc code, std::string_view operation, std::string_view subject = {},
              std::string_view detail = {});

}  // namespace weir::nats::internal
