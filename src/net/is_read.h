// Whether a connection has a reader: data flows, or it has a Data or Readable listener.
#pragma once

#include <weir/net/connection.h>
#include <weir/stream/events.h>

namespace weir::net {

inline bool is_read(const Connection& connection) {
  return connection.readable_flowing() == true || connection.listener_count<Data>() > 0 ||
         connection.listener_count<ReadableEvent>() > 0;
}

// Whether the reader waits for the same connection's Drain, as in an echo: the connection is
// paused, full, and the destination of a pipe. After a failure such a reader never resumes.
inline bool awaits_own_drain(const Connection& connection) {
  return connection.is_paused() && connection.writable_need_drain() &&
         connection.listener_count<Unpipe>() > 0;
}

}  // namespace weir::net
