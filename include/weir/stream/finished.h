// weir/stream/finished.h - finished: one callback when a stream has ended, failed or closed early.
//
//   weir::finished(*stream, [](const weir::Error& error) {
//     if (error) fmt::print("failed: {}\n", error.what());
//     else fmt::print("written\n");
//   });
#pragma once

#include <weir/base/callback.h>
#include <weir/base/function.h>

#include <optional>
#include <stop_token>

namespace weir {

class Stream;

struct FinishedOptions {
  std::stop_token signal = {};        // a stop calls back with ABORT_ERR, once
  std::optional<bool> readable = {};  // wait for the readable side; default: if it exists
  std::optional<bool> writable = {};  // wait for the writable side; default: if it exists
  bool error = true;                  // call back on Error, not only on Close
};

// Watches a stream. Its listeners, including one of Error, stay on the stream after the callback,
// so a later error is not unhandled. Returns a function that stops watching: it removes the
// listeners and drops the callback. To destroy the function uncalled changes nothing.
// CALLS BACK: `callback` once: with success if the stream ended and finished (and closed, if it
// emits Close); with its error; or with ERR_STREAM_PREMATURE_CLOSE if it closed before. For a
// stream that is over: on a tick, with its current state.
// ERRORS: throws ERR_INVALID_ARG_TYPE for an empty callback.
// Node counterpart: stream.finished.
Function<void()> finished(Stream& stream, FinishedOptions options, Callback callback);
Function<void()> finished(Stream& stream, Callback callback);

}  // namespace weir
