// weir/coro/internal/pull.h - PullAwaiter: awaits the next value of a source that is on a stream.
//
// A Source has
//   std::optional<Value> take()   the next value, if it is there
//   Stream& stream()
//   bool has_ended()              the stream's data has ended
#pragma once

#include <weir/base/error.h>
#include <weir/coro/internal/stream_waiters.h>
#include <weir/stream/stream.h>

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace weir::internal {

template <class Source>
bool has_no_more(Source& source) {
  Stream& stream = source.stream();
  return source.has_ended() || stream.errored() || stream.destroyed();
}

template <class Source>
class PullWaiter final : public DataWaiter {
 public:
  using Value = typename Source::Value;

  explicit PullWaiter(Source& source) : DataWaiter(source.stream()), source_(source) {}

  bool take() override {
    try {
      value_ = source_.take();
    } catch (...) {
      exception_ = std::current_exception();
    }
    return value_ || exception_ || has_no_more(source_);
  }
  std::optional<Value> result() {
    if (const Error failure = this->failure()) throw Error(failure);
    if (exception_) std::rethrow_exception(std::exchange(exception_, nullptr));
    return std::move(value_);
  }

 private:
  Source& source_;  // in the awaiter, which abandons this before it is destroyed
  std::optional<Value> value_;
  std::exception_ptr exception_;
};

template <class Source>
class [[nodiscard]] PullAwaiter {
 public:
  using Value = typename Source::Value;

  explicit PullAwaiter(Source source) noexcept : source_(std::move(source)) {}

  bool await_ready() {
    value_ = source_.take();
    return value_ || has_no_more(source_);
  }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> coroutine) {
    waiter_ = WaiterOwner<PullWaiter<Source>>(make_ref<PullWaiter<Source>>(source_));
    if (!waiter_->suspend(coroutine)) return false;
    waiter_->start();
    return true;
  }
  std::optional<Value> await_resume() {
    if (!value_ && waiter_) value_ = waiter_->result();
    if (!value_ && !source_.has_ended()) fail();
    return std::move(value_);
  }

 private:
  [[noreturn]] void fail() {
    Stream& stream = source_.stream();
    if (stream.errored()) throw_error_of(stream, stream.errored());
    throw Error(Errc::stream_premature_close);
  }

  Source source_;
  std::optional<Value> value_;
  WaiterOwner<PullWaiter<Source>> waiter_;
};

}  // namespace weir::internal
