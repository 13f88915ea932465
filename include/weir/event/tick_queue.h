// weir/event/tick_queue.h - the functions that run after the current callback: process.nextTick.
//
//   ticks.next_tick([&] { fmt::print("second\n"); });
//   fmt::print("first\n");
//   ticks.drain();              // a Loop does this after every callback
//
// - Ticks run in the order in which they were queued. A tick that is queued by a tick runs in the
//   same drain.
// - A tick that throws ends the drain. The remaining ticks run in the next drain.
// - A queue belongs to one thread: its creator's, or the one that runs its Loop. Other threads may
//   call only call_on_this_thread.
#pragma once

#include <weir/base/durations.h>
#include <weir/base/function.h>
#include <weir/base/owned.h>
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

// A process warning, as in Node: a likely mistake, without a failure.
struct Warning {
  std::string name;  // "MaxListenersExceededWarning"
  std::string message;
};

class TickQueue;

namespace internal {

// The address of one stands for a class, see LoopShutdownHook::as.
struct ClassKey {};
template <class T>
inline constexpr ClassKey kClassKey;

struct GivenNames;

}  // namespace internal

// An object that lives on a queue and is closed with it. The queue lists its holders. When the
// queue closes, no event follows; each holder closes its resources and drops the objects it owns,
// which breaks cycles of ownership.
class LoopShutdownHook {
 public:
  // The users of streams are closed first; streams, and the files below them, last.
  enum class Turn : bool { first, last };

  explicit LoopShutdownHook(TickQueue& ticks, Turn turn = Turn::first) noexcept;
  LoopShutdownHook(const LoopShutdownHook&) = delete;
  LoopShutdownHook& operator=(const LoopShutdownHook&) = delete;

  // May destroy this and other hooks.
  virtual void let_go() noexcept = 0;

  // The object's name in messages: "WriteStream '/tmp/x'".
  virtual std::string describe() const;
  // Its state and what it waits for: "open, waits for the sink". Empty for an object that only
  // helps another one.
  virtual std::string status() const;
  // It is the n-th object on its queue.
  std::uint64_t number() const noexcept {
    return (std::uint64_t{number_high_} << 32) | number_low_;
  }
  // The name that the program gave it with set_name.
  std::string given_name() const;
  // This object if its class is T or derived from T, and T overrides find_class; otherwise null.
  template <class T>
  T* as() noexcept {
    return static_cast<T*>(find_class(&internal::kClassKey<T>));
  }

 protected:
  virtual ~LoopShutdownHook();

  // False from let_go on: the queue and its Loop must not be used any more.
  bool has_queue() const noexcept { return ticks_ != nullptr; }
  // For functions of the public interface: returns true if the queue is gone, with a warning the
  // first time. Otherwise checks the thread, see thread_check.h.
  bool is_gone_for(const char* call) noexcept;

  void give_name(std::string name);

  // Returns this object as the class of the key.
  virtual void* find_class(const internal::ClassKey*) noexcept { return nullptr; }

 private:
  friend class TickQueue;

  void unlink() noexcept;

  TickQueue* ticks_;  // null after the queue has closed
  LoopShutdownHook* previous_ = nullptr;
  LoopShutdownHook* next_ = nullptr;
  // 40 bits: an object has no room for more.
  std::uint32_t number_low_ = 0;
  std::uint8_t number_high_ = 0;
  Turn turn_;
  bool is_reported_ = false;
  bool is_named_ = false;  // in the queue's list
};

// What streams that exist no more have done on a queue.
struct StreamTotals {
  std::uint64_t streams = 0;
  std::uint64_t bytes_written = 0;  // into their sinks; objects count as bytes
  std::uint64_t bytes_read = 0;     // from their sources
  std::uint64_t errors = 0;
};

class TickQueue {
 public:
  using Tick = Function<void(), 8 * sizeof(void*)>;

  TickQueue();
  TickQueue(const TickQueue&) = delete;
  TickQueue& operator=(const TickQueue&) = delete;
  ~TickQueue();

  // A closed queue that replaces one that is gone. All threads share it; it never changes.
  static TickQueue& gone() noexcept;

  // CALLS BACK: `tick` once, from drain.
  // ERRORS: next_tick and after_ticks throw ERR_INVALID_ARG_TYPE for an empty function.
  // Node counterpart: process.nextTick.
  template <std::convertible_to<Tick> F>
  void next_tick(F&& tick) {
    add(ticks_, std::forward<F>(tick));
  }

  // CALLS BACK: `tick` once, from drain, when no other tick is left. By then one callback of the
  // program and all its ticks have finished. No Node counterpart.
  template <std::convertible_to<Tick> F>
  void after_ticks(F&& tick) {
    add(after_, std::forward<F>(tick));
  }

  // Runs ticks until none is left. Does nothing if called by a tick: the current drain runs the new
  // ticks too.
  // ERRORS: rethrows the exception of a tick.
  void drain();

  bool empty() const noexcept { return ticks_.empty() && after_.empty(); }

  // Emits the warning on a later tick: to the handler, or to stderr without one.
  // Node counterpart: process.emitWarning.
  void warn(Warning warning);
  void on_warning(Function<void(const Warning&)> handler) {
    if (!closed_) on_warning_ = std::move(handler);
  }

  // The default high-water mark of streams that are created on this queue later: initially 16 KiB,
  // and 16 objects. A stream reads it once, at its creation. It is stored here because a stream
  // knows only the queue of its Loop.
  // ERRORS: the setters throw ERR_OUT_OF_RANGE below 0 and above 2^53 - 1.
  // Node counterparts: stream.getDefaultHighWaterMark, stream.setDefaultHighWaterMark.
  std::size_t default_high_water_mark() const noexcept { return default_mark_; }
  std::size_t default_object_high_water_mark() const noexcept { return default_object_mark_; }
  void set_default_high_water_mark(std::int64_t bytes);
  void set_default_object_high_water_mark(std::int64_t objects);

  // Runs `call` now on the queue's thread; from any other thread, hands it over.
  // REQUIRES: from another thread, a hand-over function is set (a Loop sets one).
  // ERRORS: throws ERR_INVALID_ARG_TYPE for an empty function.
  void call_on_this_thread(Function<void()> call);

  // True on the queue's own thread.
  bool is_current() const noexcept {
    return thread_.load(std::memory_order_relaxed) == std::this_thread::get_id();
  }
  // True if the queue may be used on this thread, see WEIR_CHECK_THREAD.
  bool may_be_used() noexcept;
  // bind_thread: this thread owns the queue from now on. unbind_thread: the next thread that uses
  // the queue owns it.
  void bind_thread() noexcept;
  void unbind_thread() noexcept { is_bound_.store(false, std::memory_order_relaxed); }

  // For the owner of the queue (a Loop). `wake` is called when a tick is queued outside a drain
  // into an empty queue; `hand_over` must accept calls from any thread; `clock` returns the time.
  void drive(Function<void()> wake, Function<void(Function<void()>)> hand_over,
             Function<std::chrono::nanoseconds()> clock = {});

  // The time of the current turn of the Loop: the same during all its callbacks, so that asking
  // costs nothing. Zero without a Loop, and after its destruction.
  std::chrono::nanoseconds turn_time() noexcept {
    if (turn_time_ == kUnknown) [[unlikely]]
      turn_time_ = clock_ ? clock_() : std::chrono::nanoseconds(0);
    return turn_time_;
  }
  // For the Loop. Between turns, the time is read when it is asked for.
  void begin_turn(std::chrono::nanoseconds now) noexcept { turn_time_ = now; }
  void end_turn() noexcept { turn_time_ = kUnknown; }

  // Calls `call` with each object on the queue, in no order. REQUIRES: it destroys none.
  template <std::invocable<LoopShutdownHook&> Call>
  void for_each_object(Call call) {
    for (LoopShutdownHook* const first : {hooks_, last_hooks_})
      for (LoopShutdownHook* hook = first; hook; hook = hook->next_) call(*hook);
  }
  std::uint64_t objects_made() const noexcept { return numbers_; }

  // Kept here for the same reason as the default marks.
  const StreamTotals& stream_totals() const noexcept { return totals_; }
  // Inline, since each stream calls them at its end. The queue that replaces destroyed ones is
  // shared by all threads.
  void count_stream(bool has_failed) noexcept {
    if (closed_) return;
    ++totals_.streams;
    totals_.errors += has_failed ? 1 : 0;
  }
  void count_written(std::uint64_t bytes) noexcept {
    if (!closed_) totals_.bytes_written += bytes;
  }
  void count_read(std::uint64_t bytes) noexcept {
    if (!closed_) totals_.bytes_read += bytes;
  }

  // Records an exception of a listener. Until the end of the drain, is_by_listener distinguishes it
  // from exceptions of a stream's functions.
  void thrown_by_listener(std::exception_ptr exception) noexcept;
  bool is_by_listener(const std::exception_ptr& exception) const noexcept {
    return exception == by_listener_;
  }

  // Drops all ticks, and every tick that is queued later. For the shutdown of the queue, during
  // which streams may still use it.
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
  static constexpr std::chrono::nanoseconds kUnknown = std::chrono::nanoseconds::min();

  std::uint64_t numbers_ = 0;
  Owned<internal::GivenNames> names_;  // null until the first
  std::chrono::nanoseconds turn_time_ = kUnknown;
  StreamTotals totals_;
  Function<void()> wake_;
  Function<void(Function<void()>)> hand_over_;
  Function<std::chrono::nanoseconds()> clock_;
  Function<void(const Warning&)> on_warning_;
};

}  // namespace weir
