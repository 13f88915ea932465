// weir/coro/finished.h - co::finished and co::pipeline: until streams are over.
//
//   co_await weir::co::pipeline(source, weir::zlib::create_gzip(loop), destination);
#pragma once

#include <weir/base/callback.h>
#include <weir/base/function.h>
#include <weir/coro/internal/result_waiter.h>
#include <weir/coro/internal/stream_waiters.h>
#include <weir/stream/finished.h>
#include <weir/stream/pipeline.h>
#include <weir/stream/stream.h>

#include <stop_token>
#include <utility>

namespace weir {

class WritableBase;

namespace internal {

// Waits for the result of a stream's operation. The stream's error, once thrown, is heard.
class StreamResultWaiter final : public ResultWaiter<void> {
 public:
  explicit StreamResultWaiter(Stream& stream);

  void watch(Stream& stream, const FinishedOptions& options);
  void take();

 private:
  void release() noexcept override;

  Ref<StreamWaiters> stream_;
  Function<void()> cleanup_;
};

// The reason to refuse a write: the stream's error, or its state.
Error refusal_of(WritableBase& stream);

// Waits for finished(), unless there is an error already.
ResultAwaiter<void, StreamResultWaiter> finished_or(Stream& stream, const FinishedOptions& options,
                                                    const Error& error);

// Waits for the callback of a pipeline. A stop destroys the streams.
class PipelineWaiter final : public ResultWaiter<void> {
 public:
  PipelineWaiter(TickQueue& ticks, const std::stop_token& signal)
      : ResultWaiter(ticks), outer_(signal, Stop{stop_}) {}
  std::stop_token token() const noexcept { return stop_.get_token(); }

 private:
  struct Stop {
    std::stop_source stop;
    void operator()() noexcept { stop.request_stop(); }
  };

  void release() noexcept override { stop_.request_stop(); }

  std::stop_source stop_;
  std::stop_callback<Stop> outer_;
};

}  // namespace internal

namespace co {

// Waits until the stream has ended, finished and closed, as weir::finished. The options' signal is
// for the wait, as the coroutine's own token is.
// ERRORS: the stream's error; ERR_STREAM_PREMATURE_CLOSE if it closes before; ABORT_ERR.
// Node counterpart: streamPromises.finished.
inline auto finished(Stream& stream, const FinishedOptions& options = {}) {
  return internal::finished_or(stream, options, {});
}

// Pipes each stream to the next, and waits until all are over.
// ERRORS: the first error, which destroys all streams; so does a stop, and a coroutine that is
// destroyed while it waits. Throws, from the call, ERR_STREAM_UNABLE_TO_PIPE.
// Node counterpart: streamPromises.pipeline.
template <internal::HeldStream First, internal::HeldStream Second, internal::HeldStream... Rest>
auto pipeline(const PipelineOptions& options, First&& first, Second&& second, Rest&&... rest) {
  auto source = internal::hold(std::forward<First>(first));
  auto waiter = make_ref<internal::PipelineWaiter>(source->ticks(), options.signal);
  PipelineOptions stoppable = options;
  stoppable.signal = waiter->token();
  weir::pipeline(stoppable, std::move(source), std::forward<Second>(second),
                 std::forward<Rest>(rest)...,
                 [completer = internal::Completer(waiter)](const Error& error) mutable {
                   completer.settle(error);
                 });
  return internal::ResultAwaiter<void, internal::PipelineWaiter>(std::move(waiter));
}
template <internal::HeldStream First, internal::HeldStream Second, internal::HeldStream... Rest>
auto pipeline(First&& first, Second&& second, Rest&&... rest) {
  return co::pipeline(PipelineOptions(), std::forward<First>(first), std::forward<Second>(second),
                      std::forward<Rest>(rest)...);
}

}  // namespace co
}  // namespace weir
