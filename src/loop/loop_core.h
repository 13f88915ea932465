// The implementation of a Loop: libuv's handles, the entry of every callback, immediates, posts.
#pragma once

#include "loop/clock.h"
#include "loop/handle.h"
#include "loop/mailbox.h"
#include "loop/turn_meter.h"
#include <weir/base/block.h>
#include <weir/base/ring.h>
#include <weir/loop/loop.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <uv.h>

namespace weir::internal {

class UvTimer;

// See loop_local.h.
class LoopLocal {
 public:
  virtual ~LoopLocal() = default;
};

class LoopCore {
 public:
  static constexpr std::size_t kReadBlock = std::size_t{64} << 10;

  explicit LoopCore(uv_loop_t* adopted);
  LoopCore(const LoopCore&) = delete;
  LoopCore& operator=(const LoopCore&) = delete;
  ~LoopCore();

  // Closes everything on the loop while the Loop can still be used. Runs once.
  void close() noexcept;

  uv_loop_t* uv() noexcept { return uv_; }
  TickQueue& ticks() noexcept { return ticks_; }

  void run(uv_run_mode mode);
  bool alive() const noexcept { return uv_loop_alive(uv_) != 0; }

  // Every callback of libuv enters here: it runs `call`, then all ticks. No exception leaves it:
  // the exception is passed to the handler or thrown by run(), and remaining ticks wait for the
  // next entry. On an application's loop without a handler, the process ends.
  template <class F>
  void enter(F&& call) noexcept {
    if (closing_) return;
    if (is_adopted() && depth_ == 0) ticks_.bind_thread();
    if (!turns_.is_in_turn()) [[unlikely]]
      begin_turn();
    ++depth_;
    try {
      call();
      ticks_.drain();
    } catch (...) {
      uncaught(std::current_exception());
    }
    --depth_;
  }

  // True if the application runs the loop.
  bool is_adopted() const noexcept { return uv_ != &own_; }
  bool is_running() const noexcept { return depth_ > 0 || runs_ > 0; }
  std::optional<std::chrono::milliseconds> timeout() noexcept;

  // See Loop::on_poll_due. Called after each change of the loop's work; a tick and a request are
  // changes.
  void work_changed() noexcept {
    if (waits_for_poll()) [[unlikely]]
      report_poll_due();
  }
  bool waits_for_poll() const noexcept { return !is_running() && on_poll_due_; }
  // REQUIRES: waits_for_poll().
  void report_poll_due() noexcept { on_poll_due_(); }
  void on_poll_due(Function<void()> call) noexcept { on_poll_due_ = std::move(call); }

  // True during the Loop's destruction: completions then only release their resources.
  bool closing() const noexcept { return closing_; }

  void on_uncaught(Function<void(std::exception_ptr)> handler) {
    on_uncaught_ = std::make_shared<Function<void(std::exception_ptr)>>(std::move(handler));
  }

  void add_immediate(Ref<Immediate> immediate);
  const std::shared_ptr<Mailbox>& mailbox() const noexcept { return mailbox_; }

  // libuv's clock stands still outside uv_run; uv_backend_timeout needs the current time for a new
  // timer.
  void update_time() noexcept {
    if (depth_ == 0) uv_update_time(uv_);
  }
  const Clock& clock() const noexcept { return clock_; }
  // The start time of timers, in libuv's milliseconds. Not uv_now, which stands still during
  // callbacks: updating it there would let repeated timers starve everything else.
  std::uint64_t timer_now() noexcept { return timers_from_ = in_milliseconds(clock_.now()); }
  // The latest of these start times.
  std::uint64_t timers_from() const noexcept { return timers_from_; }
  // The number of timers that were set, for the order of those that are due at one time.
  std::uint64_t next_timer_number() noexcept { return ++timers_set_; }
  void add_timer(UvTimer* timer) { timers_.insert(timer); }
  void timer_stopped(UvTimer* timer) noexcept { timers_.erase(timer); }

  // See SteppedClock. Timers that are due at `now` fire in the next turn, all others never.
  void step_clock(Clock::time_point now);
  // When the first timer is due, if there is one.
  std::optional<Clock::time_point> next_due() const noexcept;

  // Memory for one read that ends before its callback returns. The data may take the block; the
  // next read gets a new one.
  std::optional<Block>& read_block() {
    if (!read_block_) read_block_.emplace(kReadBlock);
    return read_block_;
  }
  LoopLocal* find_local(const void* key) const noexcept;
  LoopLocal& add_local(const void* key, std::unique_ptr<LoopLocal> local);

  LoopMetrics metrics() const;
  // See Loop::dump.
  std::string dump();
  // The work for which run() waits, a line each.
  std::vector<std::string> reasons_to_run();

  // Counts the requests in progress in the system. The Loop's destructor waits for them.
  void request_started() noexcept {
    ++requests_;
    work_changed();
  }
  void request_done() noexcept { --requests_; }

 private:
  static std::uint64_t in_milliseconds(Clock::time_point time) noexcept {
    return static_cast<std::uint64_t>(
        std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count());
  }
  std::chrono::nanoseconds time() const noexcept { return clock_.now().time_since_epoch(); }
  // The handles, and what they call. May throw, with some of them open.
  void open();
  void close_uv() noexcept;
  void begin_turn() noexcept;
  void end_turn() noexcept;
  void uncaught(std::exception_ptr exception) noexcept;
  void run_left_ticks() noexcept;
  void turn_soon() noexcept;
  void run_immediates() noexcept;
  void run_posted() noexcept;

  uv_loop_t own_;
  uv_loop_t* uv_;
  bool closing_ = false;
  int depth_ = 0;          // entries on the stack
  int runs_ = 0;           // runs on the stack
  std::size_t polls_ = 0;  // those that keep the loop alive for one turn
  TickQueue ticks_;
  // Shared with the current call: the handler may set another one.
  std::shared_ptr<Function<void(std::exception_ptr)>> on_uncaught_;
  Function<void()> on_poll_due_;
  Ring<std::exception_ptr> uncaught_;  // for run() to throw; libuv always completes its turn

  Handle<uv_check_t> check_;  // immediates run here, once a turn,
  Handle<uv_idle_t> idle_;    // and while there are any, the loop does not block
  Ring<Ref<Immediate>> immediates_;
  Ring<Ref<Immediate>> outstanding_;  // of the current turn

  Handle<uv_prepare_t> waits_;  // the loop is about to wait
  TurnMeter turns_;

  Handle<uv_async_t> async_;
  std::shared_ptr<Mailbox> mailbox_;

  std::unordered_set<UvTimer*> timers_;
  std::uint64_t timers_from_ = 0;
  std::uint64_t timers_set_ = 0;
  Clock clock_;
  std::size_t requests_ = 0;
  std::optional<Block> read_block_;
  std::unordered_map<const void*, std::unique_ptr<LoopLocal>> locals_;
};

}  // namespace weir::internal
