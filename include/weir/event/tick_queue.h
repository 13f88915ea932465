// weir/event/tick_queue.h - process.nextTick: what runs once the current callback has returned.
//
//   ticks.next_tick([&] { fmt::print("second\n"); });
//   fmt::print("first\n");
//   ticks.drain();              // a Loop does this after every callback it makes
//
// Ticks run in the order they were queued; those queued meanwhile run in the same drain. A tick
// that throws ends the drain and leaves the rest queued: the next drain goes on with them.
// Belongs to one thread: the one that made it, or the one that runs its Loop. Only
// call_on_this_thread is for others too.
#pragma once

#include <weir/base/function.h>
#include <weir/base/stable_queue.h>
#include <weir/event/thread_check.h>

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
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

// An object that lives on a queue, which lists it. When the queue closes, and no event will come
// any more, the object closes what it has open and drops what it owns: owners that keep each other
// would else be kept forever.
class LoopShutdownHook {
 public:
  // The users of streams are told first; streams, and the files that they are on, last.
  enum class Turn : bool { first, last };

  explicit LoopShutdownHook(TickQueue& ticks, Turn turn = Turn::first) noexcept;
  LoopShutdownHook(const LoopShutdownHook&) = delete;
  LoopShutdownHook& operator=(const LoopShutdownHook&) = delete;

  // May destroy this and other hooks.
  virtual void let_go() noexcept = 0;

  // The object's name in messages: "WriteStream '/tmp/x'".
  virtual std::string describe() const;

 protected:
  virtual ~LoopShutdownHook();

  // False from let_go on: the queue, and the Loop that it is of, must not be used any more.
  bool has_queue() const noexcept { return ticks_ != nullptr; }
  // For a function that users call: true where the queue is gone, and warns of that the first time.
  // Else it has to be the queue's thread, see thread_check.h.
  bool is_gone_for(const char* call) noexcept;

 private:
  friend class TickQueue;

  void unlink() noexcept;

  TickQueue* ticks_;  // null once it is told
  LoopShutdownHook* previous_ = nullptr;
  LoopShutdownHook* next_ = nullptr;
  Turn turn_;
  bool is_reported_ = false;
};

class TickQueue {
 public:
  using Tick = Function<void(), 8 * sizeof(void*)>;

  TickQueue();
  TickQueue(const TickQueue&) = delete;
  TickQueue& operator=(const TickQueue&) = delete;
  ~TickQueue();

  // The closed queue that takes the place of one that is gone. All threads share it, as nothing
  // changes it.
  static TickQueue& gone() noexcept;

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
  void on_warning(Function<void(const Warning&)> handler) {
    if (!closed_) on_warning_ = std::move(handler);
  }

  // The high-water mark of a stream that is made on this queue from now on, where its options name
  // none: in bytes, 16 KiB at first; and in objects, 16 at first. A stream resolves it once, when
  // it is made. It is kept here because a stream knows of its Loop only the queue. ERRORS: each
  // that sets throws ERR_OUT_OF_RANGE below 0 and above 2^53 - 1. Node counterparts:
  // stream.getDefaultHighWaterMark, stream.setDefaultHighWaterMark.
  std::size_t default_high_water_mark() const noexcept { return default_mark_; }
  std::size_t default_object_high_water_mark() const noexcept { return default_object_mark_; }
  void set_default_high_water_mark(std::int64_t bytes);
  void set_default_object_high_water_mark(std::int64_t objects);

  // Runs `call` now when on the queue's own thread; from any other thread it hands it over.
  // REQUIRES: from another thread, a hand-over that was set (a Loop sets one).
  // ERRORS: throws ERR_INVALID_ARG_TYPE for an empty function.
  void call_on_this_thread(Function<void()> call);

  // Whether this is the queue's own thread.
  bool is_current() const noexcept {
    return thread_.load(std::memory_order_relaxed) == std::this_thread::get_id();
  }
  // Whether the queue may be used on this thread, see WEIR_CHECK_THREAD.
  bool may_be_used() noexcept;
  // For what runs the queue: from now on this is its thread; from now on the next thread that uses
  // the queue becomes its thread.
  void bind_thread() noexcept;
  void unbind_thread() noexcept { is_bound_.store(false, std::memory_order_relaxed); }

  // For who drives the queue (a Loop). `wake` is called when a tick is queued outside a drain and
  // none was waiting; `hand_over` must take calls from any thread.
  void drive(Function<void()> wake, Function<void(Function<void()>)> hand_over);

  // A listener threw it. Until the drain is over it can be told from what a stream's functions
  // throw.
  void thrown_by_listener(std::exception_ptr exception) noexcept;
  bool is_by_listener(const std::exception_ptr& exception) const noexcept {
    return exception == by_listener_;
  }

  // Drops what is queued and whatever is queued from now on: for who takes the queue down while
  // streams that use it may still be going.
  void close() noexcept;
  bool closed() const noexcept { return closed_; }

 private:
  friend class LoopShutdownHook;
  enum class Gone { gone };

  explicit TickQueue(Gone) noexcept;

  template <class F>
  void add(StableQueue<Tick>& queue, F&& tick) {
    internal::require_function(tick, "callback");
    WEIR_CHECK_THREAD(*this, "next_tick", "a Loop");
    if (closed_) return;
    const bool wakes = empty() && !draining_ && wake_;
    queue.emplace_back(std::forward<F>(tick));
    if (wakes) wake_();
  }
  void run_first(StableQueue<Tick>& queue);
  void drop_all() noexcept;
  LoopShutdownHook*& first_hook(LoopShutdownHook::Turn turn) noexcept {
    return turn == LoopShutdownHook::Turn::first ? hooks_ : last_hooks_;
  }

  StableQueue<Tick> ticks_;
  StableQueue<Tick> after_;
  LoopShutdownHook* hooks_ = nullptr;
  LoopShutdownHook* last_hooks_ = nullptr;
  bool draining_ = false;
  bool closed_ = false;
  std::size_t default_mark_ = std::size_t{16} * 1024;
  std::size_t default_object_mark_ = 16;
  std::atomic<std::thread::id> thread_;
  std::atomic<bool> is_bound_ = true;
  std::exception_ptr by_listener_;
  Function<void()> wake_;
  Function<void(Function<void()>)> hand_over_;
  Function<void(const Warning&)> on_warning_;
};

}  // namespace weir
