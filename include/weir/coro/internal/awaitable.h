// weir/coro/internal/awaitable.h - the awaiter of any awaitable, and the type of its result.
#pragma once

#include <concepts>
#include <coroutine>
#include <type_traits>
#include <utility>

namespace weir::internal {

template <class A>
concept HasMemberCoAwait =
    requires(A&& awaitable) { std::forward<A>(awaitable).operator co_await(); };
template <class A>
concept HasFreeCoAwait = requires(A&& awaitable) { operator co_await(std::forward<A>(awaitable)); };
template <class A>
concept IsAwaiter = requires(std::remove_reference_t<A>& awaiter) {
  { awaiter.await_ready() } -> std::convertible_to<bool>;
  awaiter.await_resume();
};

// A type that a coroutine without an await_transform may await.
template <class A>
concept Awaitable = HasMemberCoAwait<A> || HasFreeCoAwait<A> || IsAwaiter<A>;

template <Awaitable A>
decltype(auto) awaiter_of(A&& awaitable) {
  if constexpr (HasMemberCoAwait<A>)
    return std::forward<A>(awaitable).operator co_await();
  else if constexpr (HasFreeCoAwait<A>)
    return operator co_await(std::forward<A>(awaitable));
  else
    return std::forward<A>(awaitable);
}

template <Awaitable A>
using AwaiterOf = decltype(awaiter_of(std::declval<A>()));
// The type of `co_await a`.
template <Awaitable A>
using AwaitedOf = decltype(std::declval<std::remove_reference_t<AwaiterOf<A>>&>().await_resume());

// An awaitable that awaits another one; await_suspend and await_resume are the derived class's.
template <class A>
class Awaiting {
 public:
  explicit Awaiting(A&& awaitable)
      : awaitable_(std::move(awaitable)), awaiter_(awaiter_of(std::move(awaitable_))) {}
  Awaiting(const Awaiting&) = delete;
  Awaiting& operator=(const Awaiting&) = delete;

  bool await_ready() { return awaiter_.await_ready(); }

 protected:
  ~Awaiting() = default;

  auto& awaiter() noexcept { return awaiter_; }

 private:
  A awaitable_;
  AwaiterOf<A> awaiter_;  // often the awaitable itself
};

}  // namespace weir::internal
