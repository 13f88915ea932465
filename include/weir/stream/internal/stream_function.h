// weir/stream/internal/stream_function.h - StreamFunction: a Function instead of a class.
#pragma once

#include <weir/base/function.h>

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace weir::internal {

// A Function whose error message for a wrong signature shows the expected one.
template <class Signature>
class StreamFunction : public Function<Signature> {
 public:
  StreamFunction() noexcept {}                // NOLINT: as Function
  StreamFunction(std::nullptr_t) noexcept {}  // NOLINT: as Function

  template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, StreamFunction>)
  StreamFunction(F&& target) : Function<Signature>(checked(std::forward<F>(target))) {}  // NOLINT

 private:
  template <class F>
  static Function<Signature> checked(F&& target) {
    constexpr bool kFits = std::constructible_from<Function<Signature>, F>;
    static_assert(kFits,
                  "the stream cannot call this function: it should have the signature that this "
                  "message names as Signature, as void(weir::Chunk, weir::Done) of a write");
    if constexpr (kFits) return Function<Signature>(std::forward<F>(target));
    return {};
  }
};

}  // namespace weir::internal
