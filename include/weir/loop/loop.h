// weir/loop/loop.h - the event loop: what runs when, on one thread.
//
//   weir::Loop loop;
//   loop.set_timeout(std::chrono::milliseconds(10), [] { fmt::print("third\n"); });
//   loop.set_immediate([] { fmt::print("second\n"); });
//   loop.next_tick([] { fmt::print("first\n"); });
//   loop.run();                          // until nothing is left to wait for
//
// The order is Node's: all ticks run after each callback that the loop makes, immediates once a
// turn after what became ready, timers by their time. A Loop is libuv's, its own or one that the
// application runs already (loop/uv.h).
//
// It belongs to the thread that runs it; before its first run to the one that made it, between runs
// to the next one that uses it. All that is made on it is for that thread as well. Other threads
// may call `post`, and end a KeepAlive; in builds with assertions any other call of theirs is
// noticed (event/thread_check.h).
//
// The Loop's end closes what is open on it (files, sockets, servers, timers, signals) and drops
// listeners and callbacks, without calling them. A stream that outlives its Loop is closed, answers
// false to write, and warns on stderr the first time that it is used.
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

struct uv_loop_s;

namespace weir {

class Immediate;
class Timer;

namespace internal {
class LoopCore;
class Mailbox;
}  // namespace internal

class Loop {
 public:
  using Call = Function<void()>;

  // Either starts libuv's pool, if it is the process's first, and opens descriptors 0, 1 and 2 on
  // /dev/null where they are closed, as Node does. ERRORS: throws the system's, EMFILE or EAGAIN.
  Loop();
  // On a loop that the application runs. It must outlive this, and be run until the handles that
  // were made through this are closed. See loop/uv.h.
  explicit Loop(uv_loop_s* adopted);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  // Closes what is open, drops what is still due without calling it, and waits for requests that
  // are with the system.
  ~Loop();

  // Runs until nothing keeps the loop alive, or stop. May be called again.
  // ERRORS: throws what a callback threw, an Error that nobody listened to among it, unless
  // on_uncaught takes it. The loop can then be run on: nothing else is lost.
  void run();
  // Runs what is ready, without waiting. True while something keeps the loop alive.
  bool poll();
  void stop() noexcept;

  // Called with what run() would throw; the loop goes on. Node: process.on('uncaughtException').
  void on_uncaught(Function<void(std::exception_ptr)> handler);
  // Node: process.on('warning'). Without a handler, warnings go to stderr.
  void on_warning(Function<void(const Warning&)> handler);

  // Each that takes a Call or a tick throws ERR_INVALID_ARG_TYPE for an empty one.

  // CALLS BACK: after the current callback, before anything else. Node: process.nextTick.
  template <std::convertible_to<TickQueue::Tick> F>
  void next_tick(F&& tick) {
    WEIR_CHECK_THREAD(ticks(), "next_tick", "a Loop");
    ticks().next_tick(std::forward<F>(tick));
  }

  // CALLS BACK: once, after what is ready now; one that an immediate sets runs a turn later.
  // Node: setImmediate.
  Ref<Immediate> set_immediate(Call call);

  // CALLS BACK: once after `delay`, or every `delay`; out of 1 ms to 2^31-1 ms it is 1 ms.
  // Node: setTimeout, setInterval.
  Ref<Timer> set_timeout(std::chrono::milliseconds delay, Call call);
  Ref<Timer> set_interval(std::chrono::milliseconds delay, Call call);

  // From any thread. CALLS BACK: on the loop's thread, in the order posted. It does not keep the
  // loop alive: hold a KeepAlive while another thread may post.
  void post(Call call);

  // Keeps run() from returning while it lives. It may be moved and destroyed on any thread, also
  // when the Loop is gone.
  class KeepAlive {
   public:
    explicit KeepAlive(Loop& loop);
    KeepAlive(KeepAlive&& other) noexcept;
    KeepAlive& operator=(KeepAlive other) noexcept;
    ~KeepAlive();

   private:
    std::shared_ptr<internal::Mailbox> mailbox_;
  };

  // The high-water mark of all that is made on this loop from now on without one in its options:
  // streams of bytes (16 KiB at first), sockets, HTTP messages; what a server accepts has the
  // default of when the server was made. Exceptions, as in Node: streams that read files have
  // 64 KiB, operators and `from` 1, and a terminal that is read from has 0.
  // ERRORS: throws ERR_OUT_OF_RANGE below 0 and above 2^53 - 1.
  // Node: stream.setDefaultHighWaterMark(false, bytes), where the default is 64 KiB since Node 22.
  void set_default_high_water_mark(std::int64_t bytes);
  // Of streams of values, 16 at first. Node: stream.setDefaultHighWaterMark(true, objects).
  void set_default_object_high_water_mark(std::int64_t objects);
  // Node: stream.getDefaultHighWaterMark(false), (true).
  std::size_t default_high_water_mark() noexcept;
  std::size_t default_object_high_water_mark() noexcept;

  TickQueue& ticks() noexcept;
  // Streams are made on a Loop, but all they need of it is this.
  operator TickQueue&() noexcept { return ticks(); }  // NOLINT: a Loop is a TickQueue to streams

  internal::LoopCore& core() noexcept { return *core_; }

 private:
  void check_thread(const char* call) noexcept;

  Owned<internal::LoopCore> core_;
};

// A pending setTimeout or setInterval. Dropping its Ref does not stop it.
class Timer : public RefCounted {
 public:
  virtual void clear() noexcept = 0;
  // Whether it keeps the loop alive; it does unless unref was called.
  virtual Timer& ref() noexcept = 0;
  virtual Timer& unref() noexcept = 0;
  virtual bool has_ref() const noexcept = 0;
};

// A pending setImmediate. Dropping its Ref does not stop it.
class Immediate : public RefCounted {
 public:
  explicit Immediate(Loop::Call call) noexcept : call_(std::move(call)) {}
  void clear() noexcept { call_ = nullptr; }

 private:
  friend class internal::LoopCore;
  Loop::Call call_;
};

}  // namespace weir
