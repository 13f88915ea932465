// weir/coro/internal/branches.h - Branches: several branches, and a coroutine that waits for all.
#pragma once

#include <weir/coro/internal/branch.h>
#include <weir/coro/internal/stop.h>

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace weir::internal {

// void as a value.
template <class T>
using ValueOf = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <class T>
ValueOf<T> take_value(Result<T>& result) {
  if constexpr (std::is_void_v<T>) {
    result.take();
    return {};
  } else {
    return result.take();
  }
}

class Branches : private BranchOwner {
 public:
  Branches() = default;
  Branches(const Branches&) = delete;
  Branches& operator=(const Branches&) = delete;

 protected:
  void reserve(std::size_t count) { branches_.reserve(count); }
  void add(Branch branch) { branches_.push_back(std::move(branch)); }

  // Starts the branches. Returns false if all are over. They are stopped with `outer`.
  bool start(std::coroutine_handle<> waiting, const std::stop_token& outer);
  // A branch is over, perhaps on another thread than the others.
  virtual void on_over(std::size_t index) noexcept = 0;

  void stop_others() noexcept { stop_.request_stop(); }
  // True for the first caller.
  bool is_first() noexcept { return !has_first_.exchange(true, std::memory_order_relaxed); }

 private:
  struct StopWithOuter {
    std::stop_source stop;
    void operator()() noexcept { stop.request_stop(); }
  };

  std::coroutine_handle<> on_branch_over(std::size_t index) noexcept final;

  std::stop_source stop_;
  std::stop_token token_ = stop_.get_token();
  std::optional<std::stop_callback<StopWithOuter>> outer_;
  std::atomic<std::size_t> left_ = 0;
  std::atomic<bool> has_first_ = false;
  std::coroutine_handle<> waiting_;
  std::vector<Branch> branches_;  // destroyed first: they use the rest
};

// Fails with the first branch that fails, and stops the others then.
class AllBranches : public Branches {
 protected:
  virtual std::exception_ptr exception_of(std::size_t index) const noexcept = 0;
  void rethrow_first() {
    if (failed_) std::rethrow_exception(std::exchange(failed_, nullptr));
  }

 private:
  void on_over(std::size_t index) noexcept final {
    std::exception_ptr exception = exception_of(index);
    if (!exception || !is_first()) return;
    failed_ = std::move(exception);
    stop_others();
  }

  std::exception_ptr failed_;
};

// Stops the others once the first is over.
class AnyBranch : public Branches {
 protected:
  std::size_t winner() const noexcept { return winner_; }

 private:
  void on_over(std::size_t index) noexcept final {
    if (!is_first()) return;
    winner_ = index;
    stop_others();
  }

  std::size_t winner_ = 0;
};

// Several awaitables of any types, or a vector of one type.
template <class Base, class... A>
class EachOf : public Base {
 public:
  explicit EachOf(A&&... awaitables) : awaitables_(std::move(awaitables)...) {}

  bool start(std::coroutine_handle<> waiting, const std::stop_token& stop) {
    this->reserve(sizeof...(A));
    add_all(std::index_sequence_for<A...>());
    return Base::start(waiting, stop);
  }

 protected:
  std::tuple<Result<AwaitedOf<A>>...>& results() noexcept { return results_; }
  const std::tuple<Result<AwaitedOf<A>>...>& results() const noexcept { return results_; }

 private:
  template <std::size_t... I>
  void add_all(std::index_sequence<I...>) {
    (this->add(await_into<Branch>(std::move(std::get<I>(awaitables_)), std::get<I>(results_),
                                  std::suspend_never())),
     ...);
  }

  std::tuple<A...> awaitables_;
  std::tuple<Result<AwaitedOf<A>>...> results_;
};

template <class Base, class A>
class VectorOf : public Base {
 public:
  explicit VectorOf(std::vector<A>&& awaitables)
      : awaitables_(std::move(awaitables)), results_(awaitables_.size()) {}

  bool start(std::coroutine_handle<> waiting, const std::stop_token& stop) {
    this->reserve(awaitables_.size());
    for (std::size_t i = 0; i < awaitables_.size(); ++i)
      this->add(await_into<Branch>(std::move(awaitables_[i]), results_[i], std::suspend_never()));
    return Base::start(waiting, stop);
  }

 protected:
  std::vector<Result<AwaitedOf<A>>>& results() noexcept { return results_; }
  const std::vector<Result<AwaitedOf<A>>>& results() const noexcept { return results_; }

 private:
  std::vector<A> awaitables_;
  std::vector<Result<AwaitedOf<A>>> results_;
};

template <class... A>
class AllOf final : public EachOf<AllBranches, A...> {
 public:
  using EachOf<AllBranches, A...>::EachOf;

  auto take() {
    this->rethrow_first();
    if constexpr (!(std::is_void_v<AwaitedOf<A>> && ...))
      return std::apply(
          [](auto&... results) {
            return std::tuple<ValueOf<AwaitedOf<A>>...>(take_value(results)...);
          },
          this->results());
  }

 private:
  std::exception_ptr exception_of(std::size_t index) const noexcept override {
    return std::apply(
        [index](const auto&... results) {
          std::size_t i = 0;
          std::exception_ptr exception;
          ((i++ == index ? void(exception = results.exception()) : void()), ...);
          return exception;
        },
        this->results());
  }
};

template <class A>
class AllOfVector final : public VectorOf<AllBranches, A> {
  using T = AwaitedOf<A>;
  static_assert(!std::is_reference_v<T>, "a vector cannot have references: return pointers");

 public:
  using VectorOf<AllBranches, A>::VectorOf;

  auto take() {
    this->rethrow_first();
    if constexpr (!std::is_void_v<T>) {
      std::vector<T> values;
      values.reserve(this->results().size());
      for (Result<T>& result : this->results()) values.push_back(result.take());
      return values;
    }
  }

 private:
  std::exception_ptr exception_of(std::size_t index) const noexcept override {
    return this->results()[index].exception();
  }
};

template <class... A>
class AnyOf final : public EachOf<AnyBranch, A...> {
 public:
  using EachOf<AnyBranch, A...>::EachOf;

  std::variant<ValueOf<AwaitedOf<A>>...> take() { return take<0>(); }

 private:
  template <std::size_t I>
  std::variant<ValueOf<AwaitedOf<A>>...> take() {
    using Variant = std::variant<ValueOf<AwaitedOf<A>>...>;
    if constexpr (I + 1 < sizeof...(A))
      if (this->winner() != I) return take<I + 1>();
    return Variant(std::in_place_index<I>, take_value(std::get<I>(this->results())));
  }
};

template <class A>
class AnyOfVector final : public VectorOf<AnyBranch, A> {
  using T = AwaitedOf<A>;

 public:
  using VectorOf<AnyBranch, A>::VectorOf;

  auto take() {
    const std::size_t winner = this->winner();
    if constexpr (std::is_void_v<T>) {
      this->results()[winner].take();
      return winner;
    } else {
      return std::pair<std::size_t, T>(winner, this->results()[winner].take());
    }
  }
};

// Awaits such branches. They are on the heap, so that this can be moved before it is awaited.
template <class State>
class [[nodiscard]] BranchesAwaiter {
 public:
  explicit BranchesAwaiter(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}

  bool await_ready() const noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> waiting) {
    return state_->start(waiting, stop_token_of(waiting));
  }
  auto await_resume() { return state_->take(); }

 private:
  std::unique_ptr<State> state_;
};

}  // namespace weir::internal
