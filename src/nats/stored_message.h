// A message as JetStream's API gives it: in JSON, with its bytes in base64.
#pragma once

#include <weir/nats/message.h>

#include <nlohmann/json_fwd.hpp>

namespace weir::nats::internal {

// Of a field of another type, it has nothing.
Message message_of(const nlohmann::json& stored);

}  // namespace weir::nats::internal
