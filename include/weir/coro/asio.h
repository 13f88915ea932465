// weir/coro/asio.h - weir's awaitables in a coroutine of Asio, and Asio's operations in a Task.
//
//   asio::awaitable<void> session(weir::Writable& out) {
//     co_await weir::co::for_asio(weir::co::print(out, "Line {}\n", 1));
//   }
//   weir::Task<> wait(asio::steady_timer& timer) {
//     co_await timer.async_wait(weir::co::use_weir);
//   }
//
// asio::awaitable accepts only Asio's own operations, so for_asio converts weir's. This header and
// loop/asio.h are the only ones that need Asio (1.22 or later). If Asio does not detect the
// compiler's coroutines (1.22 with Clang), there is no for_asio.
//
// Thread: the loop and the io_context run on one thread, in turns, since a loop's objects belong to
// its thread.
#pragma once

#include <weir/base/ref.h>
#include <weir/coro/internal/awaitable.h>
#include <weir/coro/internal/branch.h>
#include <weir/coro/internal/result.h>
#include <weir/coro/internal/result_waiter.h>
#include <weir/coro/run.h>

#include <coroutine>
#include <optional>
#include <stop_token>
#include <system_error>
#include <tuple>
#include <type_traits>
#include <utility>

#include <asio/associated_cancellation_slot.hpp>
#include <asio/async_result.hpp>
#include <asio/awaitable.hpp>
#include <asio/cancellation_type.hpp>
#include <asio/dispatch.hpp>
#include <asio/error.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/use_awaitable.hpp>

namespace weir {

namespace internal {

// Calls the handler of an asynchronous operation of Asio, through its executor, when it is awaited.
template <class Handler>
class AsioCompletion {
 public:
  explicit AsioCompletion(Handler handler)
      : work_(asio::make_work_guard(handler)), handler_(std::move(handler)) {}

  void stop_on_cancellation(const std::stop_source& stop) {
    auto slot = asio::get_associated_cancellation_slot(handler_);
    if (slot.is_connected())
      slot.assign([stop](asio::cancellation_type) mutable { stop.request_stop(); });
  }

  bool await_ready() {
    auto slot = asio::get_associated_cancellation_slot(handler_);
    if (slot.is_connected()) slot.clear();
    asio::dispatch(work_.get_executor(), std::move(handler_));
    work_.reset();
    return true;
  }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  void await_resume() const noexcept {}

 private:
  decltype(asio::make_work_guard(std::declval<Handler&>())) work_;
  Handler handler_;
};

// The wait for one operation. The operation's handler may outlive the coroutine, or be destroyed
// uncalled with its io_context.
template <class... Values>
class AsioWait final : public RefCounted {
 public:
  // Returns false if the operation was over in its initiation.
  bool suspend(std::coroutine_handle<> coroutine) noexcept {
    if (is_over_) return false;
    coroutine_ = coroutine;
    return true;
  }
  // The coroutine's frame is being destroyed.
  void abandon() noexcept { coroutine_ = nullptr; }

  // The names are Completer's: an operation that fails has a result, too.
  void succeed(std::error_code error, Values... values) {
    values_.emplace(std::move(values)...);
    settle(error);
  }
  void drop() noexcept {
    try {
      settle(asio::error::operation_aborted);
    } catch (...) {  // NOLINT: of a coroutine of another type; no handler is left
    }
  }

  auto take() {
    if (error_) throw std::system_error(error_);
    if constexpr (sizeof...(Values) == 1)
      return std::move(std::get<0>(*values_));
    else if constexpr (sizeof...(Values) > 1)
      return *std::move(values_);
  }

 private:
  void settle(std::error_code error) {
    error_ = error;
    is_over_ = true;
    if (const std::coroutine_handle<> coroutine = std::exchange(coroutine_, nullptr))
      coroutine.resume();
  }

  std::coroutine_handle<> coroutine_;
  bool is_over_ = false;
  std::error_code error_;
  std::optional<std::tuple<Values...>> values_;
};

template <class Initiation, class Arguments, class... Values>
class [[nodiscard]] AsioAwaiter {
  using Wait = AsioWait<Values...>;

 public:
  AsioAwaiter(Initiation initiation, Arguments arguments)
      : initiation_(std::move(initiation)), arguments_(std::move(arguments)) {}

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> coroutine) {
    wait_ = WaiterOwner<Wait>(make_ref<Wait>());
    std::apply(
        [&](auto&... arguments) {
          std::move(initiation_)(
              [completer = Completer<Wait>(wait_.ref())](std::error_code error,
                                                         Values... values) mutable {
                completer.succeed(error, std::move(values)...);
              },
              std::move(arguments)...);
        },
        arguments_);
    return wait_->suspend(coroutine);
  }
  auto await_resume() { return wait_->take(); }

 private:
  Initiation initiation_;
  Arguments arguments_;
  WaiterOwner<Wait> wait_;
};

}  // namespace internal

namespace co {

#ifdef ASIO_HAS_CO_AWAIT
// An asio::awaitable that awaits an awaitable of weir. A cancellation of the coroutine (total,
// partial or terminal) stops it: ABORT_ERR. REQUIRES: the io_context outlives the wait.
template <internal::Awaitable A>
asio::awaitable<internal::AwaitedOf<A>> for_asio(A awaitable) {
  using T = internal::AwaitedOf<A>;
  internal::Result<T> result;
  auto initiate = [](auto handler, std::pair<A, internal::Result<T>*> call) {
    const std::stop_source stop;
    internal::AsioCompletion completion(std::move(handler));
    completion.stop_on_cancellation(stop);
    // The result is in this coroutine, which lives as long as the handler.
    internal::await_into<internal::Detached>(std::move(call.first), *call.second,
                                             std::move(completion), stop.get_token());
  };
  std::pair<A, internal::Result<T>*> call(std::move(awaitable), &result);
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
      std::move(initiate), asio::use_awaitable, std::move(call));
  co_return result.take();
}
#endif

// A completion token: the operation becomes an awaitable for a Task, or any other coroutine. An
// error_code is thrown as std::system_error: operation_aborted also if the io_context is destroyed
// first. Neither a stop nor the end of the coroutine while it waits ends the operation.
struct UseWeir {};
inline constexpr UseWeir use_weir;

}  // namespace co
}  // namespace weir

template <class R, class... Values>
class asio::async_result<weir::co::UseWeir, R(std::error_code, Values...)> {
 public:
  template <class Initiation, class... Arguments>
  static auto initiate(Initiation&& initiation, weir::co::UseWeir, Arguments&&... arguments) {
    using Stored = std::tuple<std::decay_t<Arguments>...>;
    return weir::internal::AsioAwaiter<std::decay_t<Initiation>, Stored, std::decay_t<Values>...>(
        std::forward<Initiation>(initiation), Stored(std::forward<Arguments>(arguments)...));
  }
};
