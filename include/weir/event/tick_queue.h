// weir/event/tick_queue.h - process.nextTick: what runs once the current callback has returned.
//
//   ticks.next_tick([&] { fmt::print("second\n"); });
//   fmt::print("first\n");
//   ticks.drain();              // a Loop does this after every callback it makes
//
// Ticks run in the order they were queued; those queued meanwhile run in the same drain. A tick
// that throws ends the drain and leaves the rest queued: the next drain goes on with them.
// Belongs to one thread, the one that made it; only call_on_this_thread is for others too.
#pragma once

#include <weir/base/function.h>
#include <weir/base/stable_queue.h>

#include <concepts>
#include <string>
#include <thread>
#include <utility>

namespace weir {

// Node's process warnings: something is probably wrong, nothing has failed.
struct Warning {
  std::string name;  // "MaxListenersExceededWarning"
  std::string message;
};

class TickQueue;

// What keeps something until an event of a stream: when the queue closes, and no event will come,
// it is told to let go. Owners that keep each other would else be kept forever.
class TickHolder {
 public:
  explicit TickHolder(TickQueue& ticks) noexcept;
  TickHolder(const TickHolder&) = delete;
  TickHolder& operator=(const TickHolder&) = delete;

  // May destroy this and other holders.
  virtual void let_go() noexcept = 0;

 protected:
  virtual ~TickHolder();

 private:
  friend class TickQueue;

  void unlink() noexcept;

  TickQueue* ticks_;  // null once it is told
  TickHolder* previous_ = nullptr;
  TickHolder* next_ = nullptr;
};

class TickQueue {
 public:
  using Tick = Function<void(), 8 * sizeof(void*)>;

  TickQueue();
  TickQueue(const TickQueue&) = delete;
  TickQueue& operator=(const TickQueue&) = delete;
  ~TickQueue();

  // CALLS BACK: `tick` once, from drain. ERRORS: throws ERR_INVALID_ARG_TYPE for an empty function,
  // as after_ticks does. Node counterpart: process.nextTick.
  template <std::convertible_to<Tick> F>
  void next_tick(F&& tick) {
    add(ticks_, std::forward<F>(tick));
  }

  // CALLS BACK: `tick` once, from drain, when no other tick is left: what one callback of the
  // program and all of its ticks have brought together is complete then. No Node counterpart.
  template <std::convertible_to<Tick> F>
  void after_ticks(F&& tick) {
    add(after_, std::forward<F>(tick));
  }

  // Runs ticks until none is left. Called from inside a tick it does nothing: the drain that is
  // under way will come to what was queued. ERRORS: rethrows what a tick throws.
  void drain();

  bool empty() const noexcept { return ticks_.empty() && after_.empty(); }

  // Emits the warning on a later tick, to the handler, or to stderr where there is none.
  // Node counterpart: process.emitWarning.
  void warn(Warning warning);
  void on_warning(Function<void(const Warning&)> handler) { on_warning_ = std::move(handler); }

  // Runs `call` now when on the queue's own thread; from any other thread it hands it over.
  // REQUIRES: from another thread, a hand-over that was set (a Loop sets one).
  // ERRORS: throws ERR_INVALID_ARG_TYPE for an empty function.
  void call_on_this_thread(Function<void()> call);

  // For who drives the queue (a Loop). `wake` is called when a tick is queued outside a drain and
  // none was waiting; `hand_over` must take calls from any thread.
  void drive(Function<void()> wake, Function<void(Function<void()>)> hand_over);

  // Drops what is queued and whatever is queued from now on: for who takes the queue down while
  // streams that use it may still be going.
  void close() noexcept;
  bool closed() const noexcept { return closed_; }

 private:
  friend class TickHolder;

  template <class F>
  void add(StableQueue<Tick>& queue, F&& tick) {
    internal::require_function(tick, "callback");
    if (closed_) return;
    const bool wakes = empty() && !draining_ && wake_;
    queue.emplace_back(std::forward<F>(tick));
    if (wakes) wake_();
  }
  void run_first(StableQueue<Tick>& queue);
  void drop_all() noexcept;

  StableQueue<Tick> ticks_;
  StableQueue<Tick> after_;
  TickHolder* holders_ = nullptr;
  bool draining_ = false;
  bool closed_ = false;
  std::thread::id thread_;
  Function<void()> wake_;
  Function<void(Function<void()>)> hand_over_;
  Function<void(const Warning&)> on_warning_;
};

}  // namespace weir
