// weir/coro/internal/stop.h - the stop token of a coroutine that awaits.
#pragma once

#include <concepts>
#include <coroutine>
#include <stop_token>

namespace weir::internal {

// A promise that offers a token: weir's, or that of another coroutine type.
template <class P>
concept OffersStopToken = requires(const P& promise) {
  { promise.stop_token() } -> std::convertible_to<std::stop_token>;
};

// Without one, the awaiting coroutine cannot be stopped.
template <class P>
std::stop_token stop_token_of(std::coroutine_handle<P> coroutine) {
  if constexpr (OffersStopToken<P>)
    return coroutine.promise().stop_token();
  else
    return {};
}

}  // namespace weir::internal
