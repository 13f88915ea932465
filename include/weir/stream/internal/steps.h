// weir/stream/internal/steps.h - the Steps of the operators: how each processes a value.
//
//   using Out             the type of its output
//   take(value, source)   pushes with source.put, or ends the result with source.end
//   has_rest, put_rest    for a value with many results, which are pushed as there is room
#pragma once

#include <weir/base/invoke.h>
#include <weir/stream/internal/iteration.h>
#include <weir/stream/sink.h>

#include <concepts>
#include <cstddef>
#include <iterator>
#include <optional>
#include <type_traits>
#include <utility>

namespace weir::internal {

// The chunk type of a stream of these values: bytes are Chunks.
template <class T>
using CarriedAs = std::conditional_t<std::derived_from<std::remove_cvref_t<T>, Buffer>, Chunk,
                                     std::remove_cvref_t<T>>;

struct NoRest {
  static constexpr bool has_rest() noexcept { return false; }
  template <class Source>
  void put_rest(Source&) {}
};

template <class In, class F>
struct MapStep : NoRest {
  using Out = CarriedAs<std::invoke_result_t<F&, In>>;
  explicit MapStep(F function) : function_(std::move(function)) {}

  template <class Source>
  void take(In value, Source& source) {
    source.put(internal::invoke(function_, std::move(value)));
  }

 private:
  F function_;
};

template <class In, class F>
struct FilterStep : NoRest {
  using Out = In;
  explicit FilterStep(F predicate) : predicate_(std::move(predicate)) {}

  template <class Source>
  void take(In value, Source& source) {
    if (internal::invoke(predicate_, std::as_const(value))) source.put(std::move(value));
  }

 private:
  F predicate_;
};

template <class In, class F>
struct FlatMapStep {
  using Range = std::remove_cvref_t<std::invoke_result_t<F&, In>>;
  using Out = CarriedAs<std::iter_value_t<IteratorOf<Range>>>;
  explicit FlatMapStep(F function) : function_(std::move(function)) {}

  bool has_rest() const noexcept { return range_.has_value(); }

  template <class Source>
  void take(In value, Source& source) {
    range_.emplace(internal::invoke(function_, std::move(value)));
    next_ = begin_of(*range_);
    drop_if_used_up();
    if (has_rest()) put_rest(source);
  }
  template <class Source>
  void put_rest(Source& source) {
    Out value = next_value();
    ++*next_;
    drop_if_used_up();
    source.put(std::move(value));
  }

 private:
  // Moves the value out if this step owns it; the values of a view belong to others.
  Out next_value() {
    if constexpr (kIsView<Range>)
      return **next_;
    else
      return std::ranges::iter_move(*next_);
  }
  void drop_if_used_up() {
    if (*next_ != end_of(*range_)) return;
    next_.reset();
    range_.reset();
  }

  F function_;
  std::optional<Range> range_;
  std::optional<IteratorOf<Range>> next_;  // in range_
};

template <class In>
struct TakeStep : NoRest {
  using Out = In;
  explicit TakeStep(std::size_t count) : left_(count) {}

  // As in Node, the end is detected at a value: take(0) reads one and drops it.
  template <class Source>
  void take(In value, Source& source) {
    const bool is_last = left_ <= 1;
    if (left_ > 0) {
      --left_;
      source.put(std::move(value));
    }
    if (is_last) source.end();
  }

 private:
  std::size_t left_;
};

template <class In>
struct DropStep : NoRest {
  using Out = In;
  explicit DropStep(std::size_t count) : left_(count) {}

  template <class Source>
  void take(In value, Source& source) {
    if (left_ == 0) return source.put(std::move(value));
    --left_;
  }

 private:
  std::size_t left_;
};

}  // namespace weir::internal
