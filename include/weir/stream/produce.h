// weir/stream/produce.h - writes to a stream as fast as it takes, and no faster.
//
//   weir::produce(*stream, [i = 0](auto& stream) mutable {
//     stream.print("Line {}\n", i);
//     return ++i < 1'000'000;         // false: that was the last, the stream is ended
//   });
//
// The step is called while the stream is below its high-water mark, and again after each Drain. The
// stream owns it, with what it captures, until the production is over. Node counterpart:
// Readable.from(generator).pipe(stream).
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
class Producer final : public WriteWaiter {
 public:
  Producer(S& stream, Step step, ProduceOptions options, Callback callback)
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

// Calls `step(stream)` inside this call while the stream has room, then from ticks after Drain.
// Each step writes something and returns whether there is more. OWNS: step, until it returns false
// or the stream is ended, destroyed or fails. CALLS BACK: `callback` once, on a tick after the last
// step: with success where that returned false, else with the stream's error,
// ERR_STREAM_PREMATURE_CLOSE or ERR_STREAM_WRITE_AFTER_END. It does not wait for what was written;
// Finish does. ERRORS: an exception of the step destroys the stream with it.
template <std::derived_from<WritableBase> S, std::predicate<S&> Step>
void produce(S& stream, Step step, ProduceOptions options, Callback callback = {}) {
  make_ref<internal::Producer<S, Step>>(stream, std::move(step), options, std::move(callback))
      ->resume();
}
template <std::derived_from<WritableBase> S, std::predicate<S&> Step>
void produce(S& stream, Step step, Callback callback = {}) {
  produce(stream, std::move(step), ProduceOptions(), std::move(callback));
}

}  // namespace weir
