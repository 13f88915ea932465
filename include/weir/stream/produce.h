// weir/stream/produce.h - produce: calls a function for more data as fast as a stream accepts it.
//
//   weir::produce(*stream, [i = 0](auto& stream) mutable {
//     stream.print("Line {}\n", i);
//     return ++i < 1'000'000;         // false after the last line: the stream is ended
//   });
//
// The step runs while the stream is below its high-water mark, and again after each Drain. The
// stream owns the step, with its captures, until the production ends.
// Node counterpart: Readable.from(generator).pipe(stream).
#pragma once

#include <weir/base/callback.h>
#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/stream/basic_writable.h>
#include <weir/stream/internal/write_waiter.h>

#include <concepts>
#include <type_traits>
#include <utility>

namespace weir {

struct ProduceOptions {
  bool end = true;  // end the stream after the last step
};

namespace internal {

template <class S, class Step>
class Production final : public WriteWaiter {
 public:
  Production(S& stream, Step step, ProduceOptions options, Callback callback)
      : stream_(stream),
        step_(std::move(step)),
        options_(options),
        callback_(std::move(callback)) {}

  void resume() override {
    const Pin alive(stream_);
    try {
      while (stream_.writable()) {
        if (stream_.writable_need_drain()) return await_room(stream_, Ref<WriteWaiter>(this));
        if (step_(stream_)) continue;
        if (options_.end) stream_.end();
        return finish({});
      }
    } catch (...) {
      const Error error = Error::from_current_exception();
      stream_.destroy(error);
      return finish(error);
    }
    finish(reason());
  }

 private:
  Error reason() const {
    if (stream_.errored()) return stream_.errored();
    return stream_.destroyed() ? Error(Errc::stream_premature_close)
                               : Error(Errc::stream_write_after_end);
  }
  void finish(const Error& error) {
    if (callback_)
      stream_.ticks().next_tick(
          [callback = std::move(callback_), error]() mutable { callback(error); });
  }

  S& stream_;
  Step step_;
  ProduceOptions options_;
  Callback callback_;
};

}  // namespace internal

// Calls `step(stream)` during this call while the stream has room, then on ticks after Drain. Each
// step writes, and returns true if there is more.
// OWNS: step, until it returns false or the stream is ended, destroyed or fails.
// CALLS BACK: `callback` once, on a tick after the last step: with success if that returned false,
// otherwise with the stream's error, ERR_STREAM_PREMATURE_CLOSE or ERR_STREAM_WRITE_AFTER_END. It
// does not wait for the writes; Finish does.
// ERRORS: an exception of the step destroys the stream with that error.
template <std::derived_from<WritableBase> S, std::predicate<S&> Step>
void produce(S& stream, Step step, ProduceOptions options, Callback callback = {}) {
  make_ref<internal::Production<S, Step>>(stream, std::move(step), options, std::move(callback))
      ->resume();
}
template <std::derived_from<WritableBase> S, std::predicate<S&> Step>
void produce(S& stream, Step step, Callback callback = {}) {
  produce(stream, std::move(step), ProduceOptions(), std::move(callback));
}

}  // namespace weir
