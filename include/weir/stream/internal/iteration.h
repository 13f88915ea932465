// weir/stream/internal/iteration.h - the few words of <ranges> that streams of a range's elements
// need.
#pragma once

#include <concepts>
#include <initializer_list>
#include <iterator>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir::internal {

namespace range_access {

using std::begin;
using std::end;

template <class R>
auto begin_of(R& range) -> decltype(begin(range)) {
  return begin(range);
}
template <class R>
auto end_of(R& range) -> decltype(end(range)) {
  return end(range);
}

}  // namespace range_access

using range_access::begin_of;
using range_access::end_of;

template <class R>
using IteratorOf = decltype(begin_of(std::declval<R&>()));

template <class R>
concept Iterable = requires(R& range) {
  { begin_of(range) } -> std::input_iterator;
  { end_of(range) } -> std::sentinel_for<IteratorOf<R>>;
};

// True for ranges that view the elements of another range. <string_view> declares this as well.
template <class R>
inline constexpr bool kIsView = std::ranges::enable_view<std::remove_cvref_t<R>>;

template <class R>
inline constexpr bool kIsInitializerList = false;
template <class T>
inline constexpr bool kIsInitializerList<std::initializer_list<T>> = true;

// The parameter of from(): a range, an lvalue or movable. R is as it is deduced for R&&.
template <class R>
concept Streamable =
    Iterable<std::remove_reference_t<R>> &&
    (std::is_lvalue_reference_v<R> || (std::movable<R> && !kIsInitializerList<R>)) &&
    (!kIsView<R> || std::constructible_from<std::remove_cvref_t<R>, R>);

}  // namespace weir::internal
