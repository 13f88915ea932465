// weir/coro/internal/result_waiter.h - ResultWaiter: waits for the callback of one operation.
#pragma once

#include <weir/coro/internal/waiter.h>

#include <optional>
#include <type_traits>
#include <utility>

namespace weir::internal {

struct Nothing {};
template <class T>
using Storable = std::conditional_t<std::is_void_v<T>, Nothing, T>;

template <class T>
class ResultWaiter : public Waiter {
 public:
  using Waiter::Waiter;

  void succeed(Storable<T> value = {})
    requires std::is_void_v<T>
  {
    static_cast<void>(value);
    complete();
  }
  void succeed(Storable<T> value)
    requires(!std::is_void_v<T>)
  {
    if (is_over()) return;
    value_.emplace(std::move(value));
    complete();
  }
  void fail(const Error& error) {
    if (is_over()) return;
    error_ = error;
    complete();
  }

  // ERRORS: throws the operation's error, or the reason why there is no result.
  T take() {
    if (const Error error = error_ ? error_ : failure()) throw Error(error);
    if constexpr (!std::is_void_v<T>) return std::move(*value_);
  }

 private:
  Error error_;
  std::optional<Storable<T>> value_;
};

// Captured by an operation's callback. If the callback is destroyed uncalled, the coroutine is
// resumed with an Error.
template <class W>
class Completer {
 public:
  explicit Completer(Ref<W> waiter) noexcept : waiter_(std::move(waiter)) {}
  Completer(Completer&&) noexcept = default;
  Completer& operator=(Completer&&) = delete;
  ~Completer() {
    if (waiter_) waiter_->drop();
  }

  void succeed(auto&&... value) {
    if (const Ref<W> waiter = std::exchange(waiter_, nullptr))
      waiter->succeed(std::forward<decltype(value)>(value)...);
  }
  void settle(const Error& error) {
    const Ref<W> waiter = std::exchange(waiter_, nullptr);
    if (!waiter) return;
    if (error)
      waiter->fail(error);
    else
      waiter->succeed();
  }
  void fail(const Error& error) {
    if (const Ref<W> waiter = std::exchange(waiter_, nullptr)) waiter->fail(error);
  }

 private:
  Ref<W> waiter_;
};

// Awaits a ResultWaiter, or a class derived from it.
template <class T, class W = ResultWaiter<T>>
class [[nodiscard]] ResultAwaiter {
 public:
  explicit ResultAwaiter(Ref<W> waiter) noexcept : waiter_(std::move(waiter)) {}

  bool await_ready() const noexcept { return waiter_->is_over(); }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> coroutine) {
    return waiter_->suspend(coroutine);
  }
  T await_resume() { return waiter_->take(); }

 private:
  WaiterOwner<W> waiter_;
};

}  // namespace weir::internal
