// weir/stream/internal/range_source.h - the elements of a range, one by one: Node's from.js.
#pragma once

#include <weir/stream/source.h>

#include <cstddef>
#include <ranges>
#include <type_traits>
#include <utility>

namespace weir::internal {

// Whether from() may move the elements: a container that it was given for good. A view may show
// what others have.
template <class R>
inline constexpr bool kGivesElements =
    !std::is_lvalue_reference_v<R> && !std::ranges::view<std::remove_cvref_t<R>>;

template <class R>
using ElementOf = std::conditional_t<kGivesElements<R>, std::ranges::range_rvalue_reference_t<R>,
                                     std::ranges::range_reference_t<R>>;

// R is as from() deduced it: an lvalue reference, or the range.
template <class C, class R>
class RangeSource final : public BasicSource<C> {
 public:
  explicit RangeSource(R&& range)
      : view_(std::views::all(std::forward<R>(range))), next_(std::ranges::begin(view_)) {}

  void read(ReadableOf<C>& stream, std::size_t) override {
    while (next_ != std::ranges::end(view_)) {
      const bool goes_on = push(stream);
      ++next_;
      if (!goes_on) return;
    }
    stream.push(nullptr);
  }

 private:
  bool push(ReadableOf<C>& stream) {
    if constexpr (kGivesElements<R>)
      return stream.push(std::ranges::iter_move(next_));
    else
      return stream.push(*next_);
  }

  std::views::all_t<R> view_;
  std::ranges::iterator_t<std::views::all_t<R>> next_;
};

}  // namespace weir::internal
