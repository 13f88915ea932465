// weir/coro/run.h - co::run and co::spawn: start a Task on a Loop.
//
//   int main() {
//     weir::Loop loop;
//     weir::co::run(loop, write_lines(loop));     // returns its value, or throws its exception
//   }
//
// They are functions rather than members of Loop, as the layer of Loop does not know coroutines.
#pragma once

#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/coro/internal/branch.h>
#include <weir/coro/internal/result.h>
#include <weir/coro/task.h>
#include <weir/event/tick_queue.h>
#include <weir/loop/loop.h>

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace weir {

namespace internal {

template <class T>
inline constexpr bool kIsTask = false;
template <class T>
inline constexpr bool kIsTask<Task<T>> = true;

// A function that returns a Task, most often a lambda that is a coroutine.
template <class F>
concept TaskFunction = std::invocable<F&> && kIsTask<std::invoke_result_t<F&>>;

// Stops the loop that runs when the task is over.
class RunningTask final : public BranchOwner {
 public:
  explicit RunningTask(Loop& loop) noexcept : loop_(loop) {}

  // Runs the loop until the task is over.
  // ERRORS: throws if the loop stops before.
  void run();

 private:
  std::coroutine_handle<> on_branch_over(std::size_t index) noexcept override;

  Loop& loop_;
  bool is_running_ = false;
  bool is_over_ = false;
};

// A coroutine without an awaiter. It begins at once.
class Detached {
 public:
  class promise_type {
   public:
    // The parameters of the coroutine; the last one is its token.
    promise_type(const auto&, const auto&, const auto&, const std::stop_token& stop) noexcept
        : stop_(stop) {}

    Detached get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }  // it catches them all

    std::stop_token stop_token() const noexcept { return stop_; }
    const std::stop_token* inherited_stop() const noexcept { return &stop_; }

   private:
    const std::stop_token& stop_;
  };
};

// Keeps a function while its task runs.
template <class F>
struct KeptFunction final : RefCounted {
  explicit KeptFunction(F kept) : function(std::move(kept)) {}
  F function;
};

// Passes an exception to the handler of uncaught ones: it is thrown by a tick.
void report_uncaught(TickQueue& ticks, std::exception_ptr exception);

// Awaits the task. Keeps `function` until then.
Detached detach(TickQueue& ticks, Task<> task, Ref<RefCounted> function, std::stop_token stop);

}  // namespace internal

namespace co {

// Runs the loop until the task is over, and returns its value. Other work on the loop may be left:
// call Loop::run for it.
// ERRORS: throws the task's exception; an exception of Loop::run, after it has destroyed the
// waiting task; and an Error if the loop stops, or has no more work, before the task is over.
template <class T>
T run(Loop& loop, Task<T> task, std::stop_token stop = {}) {
  internal::Result<T> result;
  internal::RunningTask running(loop);
  internal::Branch branch = internal::await_into<internal::Branch>(
      std::move(task), result, internal::ReturnTo(loop.ticks()));
  branch.start(running, 0, stop);
  running.run();
  return result.take();
}
// The same for a function that returns the task. The function lives as long as the task.
template <internal::TaskFunction F>
decltype(auto) run(Loop& loop, F function, std::stop_token stop = {}) {
  return run(loop, function(), std::move(stop));
}

// Starts the task now, up to its first wait; it continues independently. A stop of `stop` ends the
// task's wait with ABORT_ERR; a task that ends with this error has not failed. `ticks` is usually a
// Loop. REQUIRES: a task that moves to another loop (co::on) ends before this one's destruction.
// ERRORS: any other exception of the task is uncaught: it is passed to Loop::on_uncaught, or leaves
// Loop::run. It is dropped if the Loop is being destroyed.
inline void spawn(TickQueue& ticks, Task<> task, std::stop_token stop = {}) {
  internal::detach(ticks, std::move(task), nullptr, std::move(stop));
}
// The same for a function that returns the task. The function lives as long as the task.
template <internal::TaskFunction F>
  requires std::same_as<std::invoke_result_t<F&>, Task<>>
void spawn(TickQueue& ticks, F function, std::stop_token stop = {}) {
  const auto kept = make_ref<internal::KeptFunction<F>>(std::move(function));
  internal::detach(ticks, kept->function(), kept, std::move(stop));
}

}  // namespace co
}  // namespace weir
