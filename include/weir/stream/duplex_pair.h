// weir/stream/duplex_pair.h - two Duplexes, each of which gives what is written to the other.
//
//   auto [client, server] = weir::duplex_pair(loop);
//   server->on<weir::Data>([&](const weir::Data& data) { answer(data.chunk, *server); });
//   client->write("hello");
//
// As a connection, without one: for tests, and for who speaks a protocol to a part of itself. A
// write is done when the other end is read from; the end is there when the other end has ended.
#pragma once

#include <weir/event/tick_queue.h>
#include <weir/stream/duplex.h>

namespace weir {

struct DuplexPair {
  Ref<Duplex> first;
  Ref<Duplex> second;
};

// The ends do not keep each other. Where one is destroyed, or dropped, the other one ends on a
// tick; where one fails, the other one is destroyed, without the error. What was written to it and
// is not done fails with ERR_STREAM_PREMATURE_CLOSE, and so does what is written later. (Node's
// callbacks would wait for ever.) The options are for both. ERRORS: throws ERR_INVALID_ARG_VALUE
// for a negative mark. Node counterpart: stream.duplexPair.
DuplexPair duplex_pair(TickQueue& ticks, const DuplexOptions& options = {});

}  // namespace weir
