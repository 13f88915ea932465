// weir/stream/internal/range_source.h - RangeSource: reads the elements of a range. Node's from.js.
#pragma once

#include <weir/stream/internal/iteration.h>
#include <weir/stream/source.h>

#include <cstddef>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>

namespace weir::internal {

// True if from() may move the elements: the stream owns the container. A view may refer to elements
// of others.
template <class R>
inline constexpr bool kGivesElements = !std::is_lvalue_reference_v<R> && !kIsView<R>;

template <class R>
using ElementOf = std::conditional_t<kGivesElements<R>, std::iter_rvalue_reference_t<IteratorOf<R>>,
                                     std::iter_reference_t<IteratorOf<R>>>;

// R is as from() deduced it: an lvalue reference, or the range.
template <class C, class R>
class RangeSource final : public BasicSource<C> {
 public:
  explicit RangeSource(R&& given) : held_(hold(std::forward<R>(given))), next_(begin_of(range())) {}

  void read(ReadableOf<C>& stream, std::size_t) override {
    while (next_ != end_of(range())) {
      const bool goes_on = push(stream);
      ++next_;
      if (!goes_on) return;
    }
    stream.push(nullptr);
  }

 private:
  // Refers to a container of the caller; copies a view.
  static constexpr bool kPoints = std::is_lvalue_reference_v<R> && !kIsView<R>;
  using Range = std::conditional_t<kPoints, std::remove_reference_t<R>, std::remove_cvref_t<R>>;
  using Held = std::conditional_t<kPoints, Range*, Range>;

  static Held hold(R&& given) {
    if constexpr (kPoints)
      return std::addressof(given);
    else
      return std::forward<R>(given);
  }
  Range& range() noexcept {
    if constexpr (kPoints)
      return *held_;
    else
      return held_;
  }

  bool push(ReadableOf<C>& stream) {
    if constexpr (kGivesElements<R>)
      return stream.push(std::ranges::iter_move(next_));
    else
      return stream.push(*next_);
  }

  Held held_;
  IteratorOf<Range> next_;
};

}  // namespace weir::internal
