// weir/stream/abort.h - destroys a stream when a stop is requested.
//
//   std::stop_source stop;
//   weir::add_abort_signal(stop.get_token(), *stream);
//   stop.request_stop();                          // from any thread: the stream fails with
//   ABORT_ERR
#pragma once

#include <stop_token>

namespace weir {

class Stream;

// From now on until the stream is over: destroy(ABORT_ERR) when a stop is requested; at once where
// it was. Like Node's, this listens to the stream's events, Error among them.
// Node counterpart: stream.addAbortSignal.
void add_abort_signal(const std::stop_token& signal, Stream& stream);

}  // namespace weir
