// Makes and reads cnats' messages.
#pragma once

#include "nats/handles.h"
#include <weir/nats/message.h>

#include <string_view>

namespace weir::nats::internal {

// ERRORS: throws ERR_NATS_INVALID_ARGUMENT for a subject or a header that NATS does not allow.
OwnedMessage make_message(std::string_view subject, std::string_view reply, std::string_view data,
                          const Headers& headers);

enum class ReadHeaders : bool { no, yes };

// Its data stays cnats' memory.
Message read_message(OwnedMessage message, ReadHeaders headers = ReadHeaders::yes);
// As read_message, with the numbers that the reply subject of a JetStream delivery has.
Message read_delivery(OwnedMessage message, ReadHeaders headers);

// The status of a message without data that the server sent: 404, 408, 409, 100; 0 for others.
int status_of(natsMsg* message) noexcept;
std::string_view header_of(natsMsg* message, const char* name) noexcept;

}  // namespace weir::nats::internal
