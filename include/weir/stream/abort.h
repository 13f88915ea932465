// weir/stream/abort.h - add_abort_signal: destroys a stream when a stop is requested.
//
//   std::stop_source stop;
//   weir::add_abort_signal(stop.get_token(), *stream);
//   stop.request_stop();            // from any thread: the stream fails with ABORT_ERR
#pragma once

#include <weir/base/ref.h>

#include <concepts>
#include <stop_token>
#include <utility>

namespace weir {

class Stream;

namespace internal {
void destroy_on_stop(const std::stop_token& signal, Stream& stream);
}

// Calls destroy(ABORT_ERR) when a stop is requested, or at once if it was requested before. As in
// Node, it listens to the stream's events, including Error. Returns the stream.
// Node counterpart: stream.addAbortSignal.
template <std::derived_from<Stream> S>
S& add_abort_signal(const std::stop_token& signal, S& stream) {
  internal::destroy_on_stop(signal, stream);
  return stream;
}
template <std::derived_from<Stream> S>
Ref<S> add_abort_signal(const std::stop_token& signal, Ref<S> stream) {
  internal::destroy_on_stop(signal, *stream);
  return stream;
}

}  // namespace weir
