// weir/coro/internal/waiter.h - Waiter: one wait of a coroutine, which resumes it exactly once.
//
//   state        the coroutine                   on
//   ready        has not suspended               suspend()                      -> waiting
//   waiting      is suspended                    whichever comes first below
//   completed    the awaited event came          complete()
//   stopped      its stop token was stopped
//   dropped      no event can complete it        drop()
//   loop_gone    its Loop is being destroyed
//
// Without suspend(), a wait that ends before is remembered, and suspend() returns false. Stops and
// drops resume on a tick, since they come in the middle of other calls.
#pragma once

#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/coro/internal/stop.h>
#include <weir/event/tick_queue.h>
#include <weir/stream/internal/stop_listener.h>

#include <coroutine>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <utility>

namespace weir::internal {

class Waiter : public RefCounted, private LoopShutdownHook {
 public:
  explicit Waiter(TickQueue& ticks) : LoopShutdownHook(ticks), ticks_(ticks) {}

  // Returns false if the wait has ended: then the coroutine continues at once.
  template <class P>
  bool suspend(std::coroutine_handle<P> coroutine) {
    return suspend(coroutine, stop_token_of(coroutine));
  }
  // Resumes the coroutine at once; `complete_on_tick` on a tick. Both only end a wait that has not
  // ended.
  void complete();
  void complete_on_tick();
  void drop();
  // The coroutine's frame is being destroyed, or the wait is over: does not resume any more.
  void abandon() noexcept;

  bool is_over() const noexcept { return state_ > State::waiting; }
  bool is_completed() const noexcept { return state_ == State::completed; }
  bool is_dropped() const noexcept { return state_ == State::dropped; }
  // Why the wait ended without its result: success if it has one.
  Error failure() const;

 protected:
  ~Waiter() override = default;

  // Releases resources of the wait, because its result is not needed any more. Called at most once.
  virtual void release() noexcept {}

 private:
  enum class State : std::uint8_t { ready, waiting, completed, stopped, dropped, loop_gone };

  bool suspend(std::coroutine_handle<> coroutine, const std::stop_token& token);
  void end(State state);
  void resume_on_tick();
  void resume();
  void release_once() noexcept;
  void let_go() noexcept override;

  TickQueue& ticks_;  // not to be used once the queue has closed
  std::coroutine_handle<> coroutine_;
  std::optional<StopListener> stop_;
  State state_ = State::ready;
  bool is_released_ = false;
};

// The Waiter of an awaitable, which is a part of the coroutine's frame.
template <class W>
class WaiterOwner {
 public:
  WaiterOwner() noexcept = default;
  explicit WaiterOwner(Ref<W> waiter) noexcept : waiter_(std::move(waiter)) {}
  WaiterOwner(WaiterOwner&&) noexcept = default;
  WaiterOwner& operator=(WaiterOwner other) noexcept {
    std::swap(waiter_, other.waiter_);
    return *this;
  }
  ~WaiterOwner() {
    if (waiter_) waiter_->abandon();
  }

  W* operator->() const noexcept { return waiter_.get(); }
  W& operator*() const noexcept { return *waiter_; }
  explicit operator bool() const noexcept { return static_cast<bool>(waiter_); }
  const Ref<W>& ref() const noexcept { return waiter_; }

 private:
  Ref<W> waiter_;
};

}  // namespace weir::internal
