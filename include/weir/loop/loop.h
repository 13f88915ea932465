// weir/loop/loop.h - the event loop: ticks, timers, immediates and I/O, on one thread.
//
//   weir::Loop loop;
//   loop.set_timeout(std::chrono::milliseconds(10), [] { fmt::print("third\n"); });
//   loop.set_immediate([] { fmt::print("second\n"); });
//   loop.next_tick([] { fmt::print("first\n"); });
//   loop.run();                          // returns when no work is left
//
// - Order, as in Node: all ticks run after each callback of the loop; immediates run once a turn,
//   after I/O callbacks; timers run by their time.
// - libuv: a Loop has its own libuv loop, or runs on the application's (loop/uv.h).
// - Thread: a Loop and all objects on it belong to the thread that runs it. Before the first run
//   that is its creator's; between runs, the next thread that uses it. Other threads may call
//   `post` and destroy a KeepAlive. Builds with assertions detect any other call
//   (event/thread_check.h).
// - Destruction closes everything on the loop (files, sockets, servers, timers, signals) and drops
//   listeners and callbacks without calling them. A stream that outlives its Loop is closed,
//   returns false from write, and prints a warning on stderr on its first use.
#pragma once

#include <weir/base/durations.h>
#include <weir/base/function.h>
#include <weir/base/owned.h>
#include <weir/base/ref.h>
#include <weir/event/tick_queue.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>

struct uv_loop_s;

namespace weir {

class Immediate;
class Timer;
struct LoopMetrics;

namespace internal {
class LoopCore;
class Mailbox;
}  // namespace internal

class Loop {
 public:
  using Call = Function<void()>;

  // Both constructors start libuv's thread pool, if this is the process's first Loop, and open
  // /dev/null on closed descriptors 0, 1 and 2, as Node does.
  // ERRORS: throws the system's error, EMFILE or EAGAIN.
  Loop();
  // Uses the application's libuv loop. It must outlive this Loop, and run until the handles that
  // this Loop made are closed. See loop/uv.h.
  explicit Loop(uv_loop_s* adopted);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  // Closes everything on the loop, drops pending callbacks, and waits for requests in progress in
  // the system.
  ~Loop();

  // Runs until no work is left, or until stop. Can be called again.
  // ERRORS: throws the exception of a callback, and an Error without a listener, unless on_uncaught
  // has a handler. The loop can then be run again; nothing else is lost.
  void run();
  // Runs callbacks that are ready, without waiting. Returns true if work is left.
  bool poll();
  void stop() noexcept;

  // Another loop drives this one with poll() (see loop/asio.h and the guide):
  //
  //   while (loop.poll()) wait_for_input(loop.backend_fd(), loop.timeout());
  //
  // alive: true if work is left, for which run() would wait.
  // is_running: true inside run(), poll() and this loop's callbacks: they do not call either.
  // backend_fd: a descriptor that is readable when poll() has something to do. Only to be waited
  // for.
  // timeout: the longest time to wait for it until poll() is due; none: without a limit.
  bool alive() const noexcept;
  bool is_running() const noexcept;
  int backend_fd() const noexcept;
  std::optional<std::chrono::milliseconds> timeout() noexcept;
  // CALLS BACK: `call`, which must not throw, when code outside of the loop's callbacks has changed
  // its work: poll() is due, and timeout() may be another. An empty function ends it.
  void on_poll_due(Function<void()> call);

  // CALLS BACK: `handler`, instead of an exception from run(); the loop continues.
  // Node: process.on('uncaughtException').
  void on_uncaught(Function<void(std::exception_ptr)> handler);
  // Node: process.on('warning'). Without a handler, warnings go to stderr.
  void on_warning(Function<void(const Warning&)> handler);

  // Each function that takes a Call or a tick throws ERR_INVALID_ARG_TYPE for an empty one.

  // CALLS BACK: after the current callback, before any other. Node: process.nextTick.
  template <std::convertible_to<TickQueue::Tick> F>
  void next_tick(F&& tick) {
    WEIR_CHECK_THREAD(ticks(), "next_tick", "a Loop");
    ticks().next_tick(std::forward<F>(tick));
  }

  // CALLS BACK: once, at the end of this turn. An immediate that an immediate sets runs one turn
  // later.
  // Node: setImmediate.
  Ref<Immediate> set_immediate(Call call);

  // CALLS BACK: once after `delay`; set_interval: every `delay`. A delay outside 1 ms to 2^31-1 ms
  // counts as 1 ms.
  // Node: setTimeout, setInterval.
  Ref<Timer> set_timeout(std::chrono::milliseconds delay, Call call);
  Ref<Timer> set_interval(std::chrono::milliseconds delay, Call call);

  // Thread-safe.
  // CALLS BACK: on the loop's thread, in the order of posting. A post does not keep the loop
  // running: hold a KeepAlive while another thread may post.
  void post(Call call);

  // Keeps run() from returning. It can be moved and destroyed on any thread, also after the Loop's
  // destruction.
  class KeepAlive {
   public:
    explicit KeepAlive(Loop& loop);
    KeepAlive(KeepAlive&& other) noexcept;
    KeepAlive& operator=(KeepAlive other) noexcept;
    ~KeepAlive();

   private:
    std::shared_ptr<internal::Mailbox> mailbox_;
  };

  // The high-water mark of later streams on this loop that have none in their options: byte streams
  // (initially 16 KiB), sockets, HTTP messages. A server's connections use the default at the
  // server's creation. Exceptions, as in Node: streams that read files use 64 KiB, operators and
  // `from` 1, and terminal input 0.
  // ERRORS: throws ERR_OUT_OF_RANGE below 0 and above 2^53 - 1.
  // Node: stream.setDefaultHighWaterMark(false, bytes), whose default is 64 KiB since Node 22.
  void set_default_high_water_mark(std::int64_t bytes);
  // The same for streams of values, initially 16.
  // Node: stream.setDefaultHighWaterMark(true, objects).
  void set_default_object_high_water_mark(std::int64_t objects);
  // Node: stream.getDefaultHighWaterMark(false), (true).
  std::size_t default_high_water_mark() noexcept;
  std::size_t default_object_high_water_mark() noexcept;

  // The loop's numbers up to now, see metrics.h.
  LoopMetrics metrics();
  // A text for people: the loop's numbers, what keeps run() from returning, and each object on the
  // loop with its state and what it waits for. dump.h prints it on a signal.
  std::string dump();

  TickQueue& ticks() noexcept;
  // A stream needs only the loop's TickQueue, so a Loop converts to it.
  operator TickQueue&() noexcept { return ticks(); }  // NOLINT: a Loop is a TickQueue to streams

  internal::LoopCore& core() noexcept { return *core_; }

 private:
  void check_thread(const char* call) noexcept;

  Owned<internal::LoopCore> core_;
};

// A pending setTimeout or setInterval. The Loop owns it: it fires even without a Ref. A ScopedTimer
// (scoped_timer.h) stops it in its destructor.
class Timer : public RefCounted {
 public:
  virtual void clear() noexcept = 0;
  // ref, unref: decide if the timer keeps the loop running; initially it does.
  virtual Timer& ref() noexcept = 0;
  virtual Timer& unref() noexcept = 0;
  virtual bool has_ref() const noexcept = 0;
};

// A pending setImmediate. The Loop owns it: it runs even without a Ref.
class Immediate : public RefCounted {
 public:
  explicit Immediate(Loop::Call call) noexcept : call_(std::move(call)) {}
  void clear() noexcept { call_ = nullptr; }

 private:
  friend class internal::LoopCore;
  Loop::Call call_;
};

}  // namespace weir
