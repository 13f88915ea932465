// weir/stream/duplex_pair.h - duplex_pair: two connected Duplexes. Node's stream.duplexPair.
//
//   auto [client, server] = weir::duplex_pair(loop);
//   server->on<weir::Data>([&](const weir::Data& data) { answer(data.chunk, *server); });
//   client->write("hello");
//
// Data that is written to one end is read from the other, as in a connection. Uses: tests, and
// protocols between parts of one program. A write completes when the other end has been read from;
// End comes when the other end has ended.
#pragma once

#include <weir/event/tick_queue.h>
#include <weir/stream/duplex.h>

namespace weir {

struct DuplexPair {
  Ref<Duplex> first;
  Ref<Duplex> second;
};

// The two ends do not own each other. If one end is destroyed or dropped, the other ends on a tick;
// if one fails, the other is destroyed, without the error. Pending and later writes to the
// destroyed end fail with ERR_STREAM_PREMATURE_CLOSE. (In Node their callbacks never run.) Both
// ends use the options.
// ERRORS: throws ERR_INVALID_ARG_VALUE for a negative mark.
// Node counterpart: stream.duplexPair.
DuplexPair duplex_pair(TickQueue& ticks, const DuplexOptions& options = {});

}  // namespace weir
