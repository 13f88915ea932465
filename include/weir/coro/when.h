// weir/coro/when.h - co::when_all and co::when_any: await several awaitables at once.
//
//   auto [left, right] = co_await weir::co::when_all(load(a), load(b));
//
//   auto first = co_await weir::co::when_any(weir::co::read(*socket), weir::co::sleep(loop, 5s));
//   if (first.index() == 1) ...                     // the time is over; the read was cancelled
//
// - The awaitables start in order. The co_await ends after all of them have ended, so they may use
//   the coroutine's variables.
// - Each awaitable gets a stop token, and a stop cancels it. An awaitable of another library that
//   ignores its token runs to its end.
// - A stop of this coroutine's own token stops all awaitables.
#pragma once

#include <weir/base/assert.h>
#include <weir/coro/internal/branches.h>

#include <memory>
#include <utility>
#include <vector>

namespace weir::co {

// Awaits all. Returns a std::tuple of their values, with std::monostate for void, or nothing if all
// are void; for a vector, a std::vector of the values, or nothing.
// ERRORS: throws the first exception. The others are stopped then, and their results dropped.
// Node counterpart: Promise.all.
template <internal::Awaitable... A>
  requires(sizeof...(A) > 0)
auto when_all(A... awaitables) {
  using State = internal::AllOf<A...>;
  return internal::BranchesAwaiter<State>(std::make_unique<State>(std::move(awaitables)...));
}
template <internal::Awaitable A>
auto when_all(std::vector<A> awaitables) {
  using State = internal::AllOfVector<A>;
  return internal::BranchesAwaiter<State>(std::make_unique<State>(std::move(awaitables)));
}

// Awaits the first that is over, and stops the others; their results and exceptions are dropped.
// Returns a std::variant whose index is that of the first; for a vector, a pair of the index and
// the value, or the index. ERRORS: throws the exception of the first. Node counterpart:
// Promise.race, which does not stop the others.
template <internal::Awaitable... A>
  requires(sizeof...(A) > 0)
auto when_any(A... awaitables) {
  using State = internal::AnyOf<A...>;
  return internal::BranchesAwaiter<State>(std::make_unique<State>(std::move(awaitables)...));
}
// REQUIRES: the vector is not empty.
template <internal::Awaitable A>
auto when_any(std::vector<A> awaitables) {
  WEIR_REQUIRE(!awaitables.empty());
  using State = internal::AnyOfVector<A>;
  return internal::BranchesAwaiter<State>(std::make_unique<State>(std::move(awaitables)));
}

}  // namespace weir::co
