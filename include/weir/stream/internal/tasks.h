// weir/stream/internal/tasks.h - the Tasks of the consuming operators. Each calls back once.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/error.h>
#include <weir/base/invoke.h>

#include <optional>
#include <utility>
#include <vector>

namespace weir::internal {

template <class C, class F>
struct ForEachTask {
  F function;
  Callback callback;

  bool take(C value) {
    internal::invoke(function, std::move(value));
    return true;
  }
  void over(const Error& error) { callback(error); }
};

template <class C, class Done>
struct CollectTask {
  Done callback;
  std::vector<C> values = {};

  bool take(C value) {
    values.push_back(std::move(value));
    return true;
  }
  void over(const Error& error) { internal::invoke(callback, error, std::move(values)); }
};

template <class C, class A, class F, class Done>
struct ReduceTask {
  A accumulated;
  F function;
  Done callback;

  bool take(C value) {
    accumulated = internal::invoke(function, std::move(accumulated), std::move(value));
    return true;
  }
  void over(const Error& error) { internal::invoke(callback, error, std::move(accumulated)); }
};

template <class C, class F, class Done>
struct FindTask {
  F predicate;
  Done callback;
  std::optional<C> found = {};

  bool take(C value) {
    if (!internal::invoke(predicate, std::as_const(value))) return true;
    found = std::move(value);
    return false;
  }
  void over(const Error& error) { internal::invoke(callback, error, std::move(found)); }
};

// Searches for a value for which the predicate returns `sought`; calls back with `sought` if it
// finds one.
template <class C, class F, class Done>
struct SeekTask {
  bool sought;
  F predicate;
  Done callback;
  bool found = false;

  bool take(C value) {
    found = static_cast<bool>(internal::invoke(predicate, std::as_const(value))) == sought;
    return !found;
  }
  void over(const Error& error) { internal::invoke(callback, error, found == sought); }
};

}  // namespace weir::internal
