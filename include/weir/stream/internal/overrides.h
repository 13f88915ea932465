// weir/stream/internal/overrides.h - detects the functions that a class overrides.
//
// A function with the name of an override and another signature does not compile.
#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace weir::internal {

// True if a pointer to a member function has that function type.
template <class Pointer, class Signature>
inline constexpr bool kIsMember = false;
template <class S, class Result, class... Args>
inline constexpr bool kIsMember<Result (S::*)(Args...), Result(Args...)> = true;
template <class S, class Result, class... Args>
inline constexpr bool kIsMember<Result (S::*)(Args...) noexcept, Result(Args...)> = true;

// The signature with the parameter at Index replaced by a type that only a template accepts. If
// there are fewer parameters, it returns that type, so no function matches.
struct Anything {};
template <class Signature, std::size_t Index>
struct WithAnything;
template <class Result, class... Args, std::size_t Index>
struct WithAnything<Result(Args...), Index> {
  template <class>
  struct At;
  template <std::size_t... I>
  struct At<std::index_sequence<I...>> {
    using Type = std::conditional_t < Index<sizeof...(Args), Result, Anything>(
                                          std::conditional_t<I == Index, Anything, Args>...);
  };
  using Type = typename At<std::index_sequence_for<Args...>>::Type;
};

#define WEIR_TAKES_ANYTHING_(S, name, Signature, index)                                          \
  requires {                                                                                     \
    static_cast<typename ::weir::internal::WithAnything<Signature, index>::Type S::*>(&S::name); \
  }

// True if S overrides Base's function `name`, of type `Signature`. `expected` is the declaration
// for the error message.
#define WEIR_OVERRIDES_(S, Base, name, Signature, expected)                                       \
  [] {                                                                                            \
    constexpr bool kNamed = requires { &S::name; };                                               \
    if constexpr (!kNamed) {                                                                      \
      /* Overloaded; or it cannot be reached from here. */                                        \
      constexpr bool kDeclared = requires { static_cast<Signature S::*>(&S::name); };             \
      constexpr bool kTemplate = WEIR_TAKES_ANYTHING_(S, name, Signature, 0) ||                   \
                                 WEIR_TAKES_ANYTHING_(S, name, Signature, 1) ||                   \
                                 WEIR_TAKES_ANYTHING_(S, name, Signature, 2);                     \
      static_assert(kDeclared && !kTemplate,                                                      \
                    "this class's '" #name                                                        \
                    "' overrides nothing, as it has another signature, is a template, or is not " \
                    "public; it should be: " expected);                                           \
      return !requires(void (*take)(Signature Base::*)) { take(&S::name); };                      \
    } else if constexpr (std::same_as<decltype(&S::name), decltype(&Base::name)>) {               \
      return false;                                                                               \
    } else {                                                                                      \
      static_assert(::weir::internal::kIsMember<decltype(&S::name), Signature>,                   \
                    "this class's '" #name                                                        \
                    "' overrides nothing, as it has another signature; it should be: " expected); \
      return true;                                                                                \
    }                                                                                             \
  }()

}  // namespace weir::internal
