// weir/coro/internal/handoff.h - Handoff: a coroutine starts another one and waits for it.
//
// The started coroutine runs inside `start`, like a function call. If it is over before it
// suspends, the waiting one continues without having been suspended, so a loop over such calls
// takes no stack, whether or not the compiler turns a transfer into a jump (Debug builds and
// sanitizers do not). Otherwise the end of the started coroutine transfers to the waiting one.
#pragma once

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <thread>

namespace weir::internal {

class Handoff {
 public:
  // Returns true if `waiting` stays suspended.
  bool start(std::coroutine_handle<> started, std::coroutine_handle<> waiting) {
    waiting_ = waiting;
    starter_ = std::this_thread::get_id();
    state_.store(State::starting, std::memory_order_relaxed);
    started.resume();
    if (state_.load(std::memory_order_relaxed) == State::over) return false;
    state_.store(State::suspended, std::memory_order_release);
    return true;  // by now another thread may have resumed `waiting`
  }

  // The started coroutine is over. Returns the coroutine that runs next.
  std::coroutine_handle<> finish() noexcept {
    if (state_.load(std::memory_order_relaxed) == State::starting &&
        starter_ == std::this_thread::get_id()) {
      state_.store(State::over, std::memory_order_relaxed);
      return std::noop_coroutine();
    }
    // On another thread, which it went to: the starter is about to leave `start`.
    while (state_.load(std::memory_order_acquire) == State::starting) std::this_thread::yield();
    return waiting_;
  }

 private:
  enum class State : std::uint8_t { starting, over, suspended };

  std::atomic<State> state_ = State::starting;
  std::thread::id starter_;
  std::coroutine_handle<> waiting_;
};

}  // namespace weir::internal
