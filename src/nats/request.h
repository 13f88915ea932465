// A request with one reply.
#pragma once

#include <weir/base/durations.h>
#include <weir/nats/connection.h>

#include <string>

namespace weir::nats::internal {

// As Connection::request. It is sent again after a reconnect.
void send_request(Connection& connection, std::string subject, std::string data,
                  Connection::Replied replied, std::chrono::milliseconds timeout);

}  // namespace weir::nats::internal
