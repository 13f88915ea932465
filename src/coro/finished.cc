#include <weir/coro/finished.h>

namespace weir::internal {

StreamResultWaiter::StreamResultWaiter(Stream& stream)
    : ResultWaiter(stream.ticks()), stream_(StreamWaiters::of(stream)) {}

void StreamResultWaiter::watch(Stream& stream, const FinishedOptions& options) {
  cleanup_ = weir::finished(stream, options,
                            [completer = Completer(Ref<StreamResultWaiter>(this))](
                                const Error& error) mutable { completer.settle(error); });
}

void StreamResultWaiter::take() {
  release();
  try {
    ResultWaiter::take();
  } catch (const Error& error) {
    stream_->thrown(error);
    throw;
  }
}

void StreamResultWaiter::release() noexcept {
  if (Function<void()> cleanup = std::exchange(cleanup_, nullptr)) cleanup();
}

ResultAwaiter<void, StreamResultWaiter> finished_or(Stream& stream, const FinishedOptions& options,
                                                    const Error& error) {
  auto waiter = make_ref<StreamResultWaiter>(stream);
  if (error)
    waiter->fail(error);
  else
    waiter->watch(stream, options);
  return ResultAwaiter<void, StreamResultWaiter>(std::move(waiter));
}

}  // namespace weir::internal
