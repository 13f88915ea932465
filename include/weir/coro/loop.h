// weir/coro/loop.h - co::sleep, co::yield and co::on: time, turns and threads of a Loop.
//
//   co_await weir::co::sleep(loop, 100ms);
//   co_await weir::co::on(workers.loop());      // from here on, on the thread that runs that loop
#pragma once

#include <weir/base/durations.h>
#include <weir/base/ref.h>
#include <weir/coro/internal/waiter.h>
#include <weir/loop/loop.h>

#include <atomic>
#include <coroutine>
#include <tuple>

namespace weir {

namespace internal {

class TimerWaiter final : public Waiter {
 public:
  explicit TimerWaiter(Loop& loop) : Waiter(loop.ticks()) {}
  void start(Loop& loop, std::chrono::milliseconds delay);

 private:
  void release() noexcept override;
  Ref<Timer> timer_;
};

class ImmediateWaiter final : public Waiter {
 public:
  explicit ImmediateWaiter(Loop& loop) : Waiter(loop.ticks()) {}
  void start(Loop& loop);

 private:
  void release() noexcept override;
  Ref<Immediate> immediate_;
};

template <class W, class... Args>
class [[nodiscard]] LoopAwaiter {
 public:
  explicit LoopAwaiter(Loop& loop, Args... args) noexcept : loop_(loop), args_(args...) {}

  bool await_ready() const noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> coroutine) {
    waiter_ = WaiterOwner<W>(make_ref<W>(loop_));
    if (!waiter_->suspend(coroutine)) return false;
    std::apply([this](const auto&... args) { waiter_->start(loop_, args...); }, args_);
    return true;
  }
  void await_resume() const {
    if (const Error failure = waiter_->failure()) throw Error(failure);
  }

 private:
  Loop& loop_;
  std::tuple<Args...> args_;
  WaiterOwner<W> waiter_;
};

// A coroutine on its way to another loop. Both threads use it.
class Move final : public SharedRefCounted {
 public:
  void start(Loop& loop, std::coroutine_handle<> coroutine);
  void resume(bool has_arrived);
  void abandon() noexcept { coroutine_.store(nullptr, std::memory_order_relaxed); }
  bool has_arrived() const noexcept { return has_arrived_; }

 private:
  std::atomic<void*> coroutine_ = nullptr;
  bool has_arrived_ = false;
};

class [[nodiscard]] MoveAwaiter {
 public:
  explicit MoveAwaiter(Loop& loop) : loop_(loop), move_(make_ref<Move>()) {}
  MoveAwaiter(MoveAwaiter&&) noexcept = default;
  MoveAwaiter& operator=(MoveAwaiter&&) = delete;
  ~MoveAwaiter() {
    if (move_) move_->abandon();
  }

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> coroutine) const {
    const Ref<Move> move = move_;  // the coroutine may be over before start returns
    move->start(loop_, coroutine);
  }
  void await_resume() const;

 private:
  Loop& loop_;
  Ref<Move> move_;
};

}  // namespace internal

namespace co {

// Continues after `delay`. As Loop::set_timeout: at least 1 ms.
// ERRORS: ABORT_ERR on a stop, and if the Loop is destroyed.
// Node counterpart: timersPromises.setTimeout.
inline auto sleep(Loop& loop, std::chrono::milliseconds delay) {
  return internal::LoopAwaiter<internal::TimerWaiter, std::chrono::milliseconds>(loop, delay);
}

// Continues at the end of this turn, after other callbacks: for long work between two waits.
// ERRORS: as sleep.
// Node counterpart: timersPromises.setImmediate.
inline auto yield(Loop& loop) { return internal::LoopAwaiter<internal::ImmediateWaiter>(loop); }

// Continues on the thread that runs `loop`, through Loop::post, even if that is this thread. A stop
// does not end it. The loops that the coroutine leaves and goes to need a KeepAlive to keep running
// meanwhile.
// REQUIRES: streams, timers and other objects of a loop are used and destroyed on its thread: also
// by the coroutine, before it leaves.
// ERRORS: ABORT_ERR, on the thread that destroys `loop`, if that happens first.
inline internal::MoveAwaiter on(Loop& loop) { return internal::MoveAwaiter(loop); }

}  // namespace co
}  // namespace weir
