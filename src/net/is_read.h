// Whether a connection has a reader: one that takes what arrives, or will when it resumes.
#pragma once

#include <weir/net/connection.h>
#include <weir/stream/events.h>

namespace weir::net {

inline bool is_read(const Connection& connection) {
  return connection.readable_flowing() == true || connection.listener_count<Data>() > 0 ||
         connection.listener_count<ReadableEvent>() > 0;
}

// Whether that reader waits for the connection itself to drain, as in an echo: what is written to
// it is piped, and it has paused. Once the connection has failed, such a reader does not resume.
inline bool awaits_own_drain(const Connection& connection) {
  return connection.is_paused() && connection.writable_need_drain() &&
         connection.listener_count<Unpipe>() > 0;
}

}  // namespace weir::net
