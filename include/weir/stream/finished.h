// weir/stream/finished.h - one callback when a stream is done, broken, or closed too early.
//
//   weir::finished(*stream, [](const weir::Error& error) {
//     if (error) fmt::print("failed: {}\n", error.what());
//     else fmt::print("written\n");
//   });
#pragma once

#include <weir/base/callback.h>
#include <weir/base/ref.h>

#include <optional>
#include <stop_token>

namespace weir {

class Stream;

struct FinishedOptions {
  std::stop_token signal = {};        // when stopped: calls back with ABORT_ERR, once
  std::optional<bool> readable = {};  // wait for the readable side; default: where there is one
  std::optional<bool> writable = {};  // wait for the writable side; default: where there is one
  bool error = true;                  // call back on Error, not only on Close
};

namespace internal {
class FinishedWatch;
}

// Ends a watch: its listeners are removed, its callback will not be called.
class FinishedCleanup {
 public:
  explicit FinishedCleanup(Ref<internal::FinishedWatch> watch) noexcept;
  FinishedCleanup(FinishedCleanup&&) noexcept;
  FinishedCleanup& operator=(FinishedCleanup&&) noexcept;
  ~FinishedCleanup();
  void operator()();

 private:
  Ref<internal::FinishedWatch> watch_;
};

// Watches a stream. Its listeners stay on the stream after the callback, an error listener among
// them, so an error that comes later is not unhandled; the result removes them.
// CALLS BACK: `callback` once: with success where the stream ended and finished (and closed, where
// it emits Close), with its error, or with ERR_STREAM_PREMATURE_CLOSE where it closed before that.
// For a stream that is over already: on a tick, with how it is now. ERRORS: throws
// ERR_INVALID_ARG_TYPE for an empty callback. Node counterpart: stream.finished.
FinishedCleanup finished(Stream& stream, FinishedOptions options, Callback callback);
FinishedCleanup finished(Stream& stream, Callback callback);

}  // namespace weir
