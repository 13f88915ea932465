// The part of a CrashFlush that belongs to its Loop: which thread writes its data, and when.
//
//   state     the data                        on
//   idle      is the streams'                 ask(), by the thread that ends the process
//   asked     is due                          seize(): on the loop's thread between two callbacks,
//                                             or after the patience by the asking thread
//   writing   is being written                flush() has returned
//   done      is with the system              ask_to_stop(), at the end of exit()
//   stopping  is not looked at any more       on the loop's thread between two callbacks
//   stopped   the same: the thread waits
#pragma once

#include "loop/crash_registry.h"
#include "loop/handle.h"
#include "loop/loop_core.h"
#include <weir/event/tick_queue.h>
#include <weir/loop/loop.h>

#include <atomic>
#include <csetjmp>
#include <cstdint>
#include <thread>

#include <unistd.h>
#include <uv.h>

namespace weir::internal {

class CrashLoop final : private LoopShutdownHook {
 public:
  CrashLoop(Loop& loop, std::int64_t patience);
  ~CrashLoop() override;

  // --- From a signal handler, and from any thread. ---

  std::int64_t patience() const noexcept { return patience_; }
  bool is_on_this_thread() const noexcept { return ticks_.is_current(); }
  // The thread of the last turn.
  pid_t thread() const noexcept { return thread_; }

  void ask() noexcept;
  bool seize() noexcept;
  bool is_done() const noexcept { return state_ == State::done; }
  // REQUIRES: seize() returned true, or the loop's thread has crashed.
  void flush() noexcept;
  // The loop's thread stops between two callbacks, for good. Returns false if it is this thread, or
  // has not answered ask() either.
  bool ask_to_stop() noexcept;
  bool is_stopped() const noexcept { return state_ == State::stopped; }
  // After a fault in this thread's flush(): continues with the next stream. Returns in other cases.
  void skip_fault() noexcept;

  void set_parked() noexcept { is_parked_ = true; }
  bool is_parked() const noexcept { return is_parked_; }

  std::atomic<CrashLoop*> next = nullptr;  // in the process's list

 private:
  enum class State : std::uint8_t { idle, asked, writing, done, stopping, stopped };

  void on_turn() noexcept;
  void on_asked() noexcept;
  void let_go() noexcept override;
  void close() noexcept;

  TickQueue& ticks_;
  CrashRegistry& registry_;
  const std::int64_t patience_;  // in milliseconds
  Handle<uv_async_t> async_;
  Handle<uv_prepare_t> turn_;
  bool is_open_ = false;

  std::thread::id turned_on_;
  std::atomic<pid_t> thread_ = 0;
  std::atomic<State> state_ = State::idle;
  std::atomic<bool> has_answered_ = false;
  std::atomic<bool> is_parked_ = false;  // the thread waits in the handler

  std::atomic<pid_t> guarded_ = 0;  // the thread that may jump
  sigjmp_buf jump_{};
};

}  // namespace weir::internal
