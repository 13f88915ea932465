// weir/base/callback.h - a function that receives an operation's result: Node's `(err) => ...`.
//
//   Callback a = [](const Error& error) { if (error) ...; };
//   Callback b = [] { ... };                  // ignores the result
#pragma once

#include <weir/base/error.h>
#include <weir/base/function.h>

#include <concepts>
#include <utility>

namespace weir {

class Callback {
 public:
  Callback() noexcept {}  // NOLINT: not = default, which would zero the target's memory
  Callback(std::nullptr_t) noexcept {}  // NOLINT: as Function

  template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, Callback> &&
             (std::invocable<F&, const Error&> || std::invocable<F&>))
  Callback(F&& target) : call_(adapt(std::forward<F>(target))) {}  // NOLINT: as Function

  explicit operator bool() const noexcept { return static_cast<bool>(call_); }
  void operator()(const Error& error) { call_(error); }
  void operator()() { call_(success()); }

 private:
  using Call = Function<void(const Error&)>;

  template <class F>
  static Call adapt(F&& target) {
    if (internal::is_empty(target)) return {};
    if constexpr (std::invocable<F&, const Error&>)
      return Call(std::forward<F>(target));
    else
      return Call([target = std::forward<F>(target)](const Error&) mutable { target(); });
  }

  Call call_;
};

}  // namespace weir
