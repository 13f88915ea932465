// weir/base/invoke.h - std::invoke for headers, without the cost of <functional>.
#pragma once

#include <type_traits>
#include <utility>

namespace weir::internal {

// The object to which a member pointer applies: `given` itself, its target, or a
// reference_wrapper's.
template <class Type, class Class, class Given>
constexpr decltype(auto) object_of(Type Class::*, Given&& given) {
  if constexpr (std::is_base_of_v<Class, std::remove_cvref_t<Given>>)
    return std::forward<Given>(given);
  else if constexpr (requires { *std::forward<Given>(given); })
    return *std::forward<Given>(given);
  else
    return given.get();
}

template <class Member, class Given, class... Args>
constexpr decltype(auto) invoke_member(Member member, Given&& given, Args&&... args) {
  if constexpr (std::is_member_function_pointer_v<Member>)
    return (object_of(member, std::forward<Given>(given)).*member)(std::forward<Args>(args)...);
  else
    return object_of(member, std::forward<Given>(given)).*member;
}

template <class F, class... Args>
constexpr std::invoke_result_t<F, Args...> invoke(F&& function, Args&&... args) {
  if constexpr (std::is_member_pointer_v<std::remove_cvref_t<F>>)
    return invoke_member(function, std::forward<Args>(args)...);
  else
    return std::forward<F>(function)(std::forward<Args>(args)...);
}

}  // namespace weir::internal
