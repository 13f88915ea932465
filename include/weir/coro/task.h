// weir/coro/task.h - Task<T>: a coroutine that returns a T to the coroutine that awaits it.
//
//   weir::Task<std::size_t> copy(weir::Readable& from, weir::Writable& to) {
//     std::size_t length = 0;
//     while (auto chunk = co_await weir::co::read(from)) {
//       length += chunk->size();
//       co_await weir::co::write(to, *std::move(chunk));
//     }
//     co_return length;
//   }
//
// - A Task is lazy: it starts when it is awaited, run (co::run) or spawned (co::spawn). A Task that
//   is destroyed before never runs; one that is destroyed while it waits, ends there: its local
//   variables are destroyed.
// - Its exception is thrown by the co_await that awaits it.
// - T may be void, a reference, or a type that can only be moved.
// - A Task inherits the stop token of the coroutine that awaits it, if that has one.
// - A Task may await any awaitable, and any coroutine may await a Task.
// - A parameter that is a reference must outlive the Task. A lambda's captures live in the lambda,
//   not in the Task: keep it, or pass it to co::run or co::spawn, which do.
#pragma once

#include <weir/base/assert.h>
#include <weir/coro/internal/handoff.h>
#include <weir/coro/internal/result.h>
#include <weir/coro/internal/stop.h>

#include <coroutine>
#include <exception>
#include <optional>
#include <stop_token>
#include <utility>

namespace weir {

template <class T>
class Task;

namespace internal {

// The common part of the promises of Task and Generator.
class CoroutinePromise {
 public:
  std::suspend_always initial_suspend() const noexcept { return {}; }
  std::stop_token stop_token() const noexcept { return stop_ ? *stop_ : std::stop_token(); }
  const std::stop_token* inherited_stop() const noexcept { return stop_; }
  // REQUIRES: `token` lives until the coroutine has finished or is started again.
  void inherit_stop(const std::stop_token* token) noexcept { stop_ = token; }

  Handoff& handoff() noexcept { return handoff_; }

 private:
  Handoff handoff_;
  const std::stop_token* stop_ = nullptr;
};

struct FinishHandoff {
  bool await_ready() const noexcept { return false; }
  template <class P>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<P> coroutine) const noexcept {
    return coroutine.promise().handoff().finish();
  }
  void await_resume() const noexcept {}
};

// Starts a coroutine of weir from one of any type, with its stop token.
class Starter {
 public:
  template <class P, class Q>
  bool start(std::coroutine_handle<P> started, std::coroutine_handle<Q> waiting) {
    if constexpr (requires { waiting.promise().inherited_stop(); }) {
      started.promise().inherit_stop(waiting.promise().inherited_stop());
    } else {
      token_ = stop_token_of(waiting);
      started.promise().inherit_stop(&token_);
    }
    return started.promise().handoff().start(started, waiting);
  }

 private:
  std::stop_token token_;
};

template <class T>
class TaskPromise;

template <class T>
class TaskPromiseBase : public CoroutinePromise {
 public:
  Task<T> get_return_object() noexcept;
  FinishHandoff final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { result_.fail(std::current_exception()); }

  Result<T>& result() noexcept { return result_; }

 private:
  Result<T> result_;
};

template <class T>
class TaskPromise final : public TaskPromiseBase<T> {
 public:
  template <class U>
  void return_value(U&& value) {
    this->result().set(std::forward<U>(value));
  }
};

template <>
class TaskPromise<void> final : public TaskPromiseBase<void> {
 public:
  void return_void() noexcept { result().set(); }
};

}  // namespace internal

template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = internal::TaskPromise<T>;
  using Value = T;

  Task(Task&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
  Task& operator=(Task other) noexcept {
    std::swap(coroutine_, other.coroutine_);
    return *this;
  }
  ~Task() {
    if (coroutine_) coroutine_.destroy();
  }

  // False after a move.
  explicit operator bool() const noexcept { return static_cast<bool>(coroutine_); }

  // REQUIRES: the Task was neither moved from nor awaited before: `co_await std::move(task)`.
  auto operator co_await() && noexcept { return Awaiter(std::move(*this)); }

 private:
  friend class internal::TaskPromiseBase<T>;
  using Handle = std::coroutine_handle<promise_type>;

  class Awaiter {
   public:
    explicit Awaiter(Task task) noexcept : task_(std::move(task)) {}

    bool await_ready() const noexcept {
      WEIR_REQUIRE(task_ && !task_.coroutine_.done());
      return false;
    }
    template <class P>
    bool await_suspend(std::coroutine_handle<P> waiting) {
      return starter_.start(task_.coroutine_, waiting);
    }
    T await_resume() { return task_.coroutine_.promise().result().take(); }

   private:
    Task task_;
    internal::Starter starter_;
  };

  explicit Task(Handle coroutine) noexcept : coroutine_(coroutine) {}

  Handle coroutine_;
};

template <class T>
Task<T> internal::TaskPromiseBase<T>::get_return_object() noexcept {
  return Task<T>(Task<T>::Handle::from_promise(static_cast<TaskPromise<T>&>(*this)));
}

}  // namespace weir
