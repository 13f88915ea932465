// weir/coro/internal/branch.h - Branch: a coroutine that awaits one awaitable for its owner.
#pragma once

#include <weir/coro/internal/awaitable.h>
#include <weir/coro/internal/result.h>
#include <weir/event/tick_queue.h>

#include <coroutine>
#include <cstddef>
#include <exception>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace weir::internal {

class BranchOwner {
 public:
  virtual ~BranchOwner() = default;
  // A branch is over. Returns the coroutine that runs next. May not destroy the branch.
  virtual std::coroutine_handle<> on_branch_over(std::size_t index) noexcept = 0;
};

class [[nodiscard]] Branch {
 public:
  class promise_type {
   public:
    Branch get_return_object() noexcept { return Branch(Handle::from_promise(*this)); }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    auto final_suspend() const noexcept { return Final(); }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }  // branches catch them all

    std::stop_token stop_token() const noexcept { return stop_ ? *stop_ : std::stop_token(); }
    const std::stop_token* inherited_stop() const noexcept { return stop_; }

   private:
    friend class Branch;
    struct Final {
      bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(
          std::coroutine_handle<promise_type> branch) const noexcept {
        const promise_type& promise = branch.promise();
        return promise.owner_->on_branch_over(promise.index_);
      }
      void await_resume() const noexcept {}
    };

    BranchOwner* owner_ = nullptr;
    std::size_t index_ = 0;
    const std::stop_token* stop_ = nullptr;
  };

  Branch(Branch&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
  Branch& operator=(Branch other) noexcept {
    std::swap(coroutine_, other.coroutine_);
    return *this;
  }
  ~Branch() {
    if (coroutine_) coroutine_.destroy();
  }

  // REQUIRES: the owner and the token live until the branch is over or destroyed.
  void start(BranchOwner& owner, std::size_t index, const std::stop_token& token) {
    promise_type& promise = coroutine_.promise();
    promise.owner_ = &owner;
    promise.index_ = index;
    promise.stop_ = &token;
    coroutine_.resume();
  }

 private:
  using Handle = std::coroutine_handle<promise_type>;

  explicit Branch(Handle coroutine) noexcept : coroutine_(coroutine) {}

  Handle coroutine_;
};

// Continues on the thread of a queue.
class ReturnTo {
 public:
  explicit ReturnTo(TickQueue& ticks) noexcept : ticks_(ticks) {}
  bool await_ready() const noexcept { return ticks_.is_current() || ticks_.closed(); }
  void await_suspend(std::coroutine_handle<> coroutine) const {
    ticks_.call_on_this_thread([coroutine] { coroutine.resume(); });
  }
  void await_resume() const noexcept {}

 private:
  TickQueue& ticks_;
};

// Awaits the awaitable for its result, then `last`, for example ReturnTo. The Coroutine is a
// Branch, or Detached, which passes on its last parameter.
template <class Coroutine, class T, class A, class Last>
Coroutine await_into(A awaitable, Result<T>& result, Last last, std::stop_token = {}) {
  try {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(awaitable);
      result.set();
    } else {
      result.set(co_await std::move(awaitable));
    }
  } catch (...) {
    result.fail(std::current_exception());
  }
  co_await std::move(last);
}

}  // namespace weir::internal
