// weir/coro/try.h - co::try_: an Error as a result; co::shield: a wait that no stop ends.
//
//   auto written = co_await weir::co::try_(weir::co::end(*out));
//   if (!written) fmt::print(stderr, "{}\n", written.error().what());
#pragma once

#include <weir/base/error.h>
#include <weir/coro/internal/awaitable.h>

#include <coroutine>
#include <expected>
#include <type_traits>
#include <utility>

namespace weir {

namespace internal {

template <class A>
class TryAwaiter final : public Awaiting<A> {
  using Value = AwaitedOf<A>;
  static_assert(!std::is_reference_v<Value>, "std::expected cannot have a reference");

 public:
  using Awaiting<A>::Awaiting;

  template <class P>
  decltype(auto) await_suspend(std::coroutine_handle<P> coroutine) {
    return this->awaiter().await_suspend(coroutine);
  }
  std::expected<Value, Error> await_resume() {
    try {
      if constexpr (std::is_void_v<Value>) {
        this->awaiter().await_resume();
        return {};
      } else {
        return this->awaiter().await_resume();
      }
    } catch (const Error& error) {
      return std::unexpected(error);
    }
  }
};

template <class A>
class ShieldAwaiter final : public Awaiting<A> {
 public:
  using Awaiting<A>::Awaiting;

  // The handle without its promise has no stop token.
  template <class P>
  decltype(auto) await_suspend(std::coroutine_handle<P> coroutine) {
    return this->awaiter().await_suspend(std::coroutine_handle<>(coroutine));
  }
  decltype(auto) await_resume() { return this->awaiter().await_resume(); }
};

// Keeps an awaitable until it is awaited by an Awaiter<A>.
template <class A, template <class> class Awaiter>
class [[nodiscard]] Wrapped {
 public:
  explicit Wrapped(A awaitable) : awaitable_(std::move(awaitable)) {}
  auto operator co_await() && { return Awaiter<A>(std::move(awaitable_)); }

 private:
  A awaitable_;
};

}  // namespace internal

namespace co {

// Awaits `awaitable`. Returns its value, or the Error that it throws; other exceptions are thrown.
template <internal::Awaitable A>
auto try_(A awaitable) {
  return internal::Wrapped<A, internal::TryAwaiter>(std::move(awaitable));
}

// Awaits `awaitable` without the stop token of this coroutine, for the cleanup of a stopped
// coroutine:
//   catch (...) { failed = true; }
//   if (failed) co_await co::shield(co::end(*log, "stopped\n"));
template <internal::Awaitable A>
auto shield(A awaitable) {
  return internal::Wrapped<A, internal::ShieldAwaiter>(std::move(awaitable));
}

}  // namespace co
}  // namespace weir
