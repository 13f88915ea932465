// Whether a connection has a reader: one that takes what arrives, or will when it resumes.
#pragma once

#include <weir/net/connection.h>
#include <weir/stream/events.h>

namespace weir::net {

inline bool is_read(const Connection& connection) {
  return connection.readable_flowing() == true || connection.listener_count<Data>() > 0 ||
         connection.listener_count<ReadableEvent>() > 0;
}

}  // namespace weir::net
