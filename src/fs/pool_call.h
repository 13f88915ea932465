// A system call on a thread of the pool that a crash may need the result of, or make itself.
//
//   state     the call                  on
//   queued    has not begun             begin(), on the pool; take_over(), in a signal handler
//   running   may have had its effect   end(result)
//   over      has a result
//   taken     will not be made
#pragma once

#include "loop/crash_file.h"
#include <weir/fs/file_ops.h>

#include <atomic>
#include <cerrno>
#include <cstdint>

namespace weir::fs {

class PoolCall {
 public:
  struct Outcome {
    enum class Kind : std::uint8_t { none, taken, over, unknown };
    Kind kind = Kind::none;
    std::int64_t result = 0;  // if it is over
  };

  // On the pool. Makes the call, unless it is taken over.
  template <class Call>
  void run(Call call) noexcept {
    State expected = State::queued;
    if (!state_.compare_exchange_strong(expected, State::running)) return;
    result_ = call();
    state_ = State::over;
  }
  // ECANCELED if it was taken over. REQUIRES: run has returned, or is not called any more.
  std::int64_t result() const noexcept { return result_; }

  // In a signal handler. Waits for a running call, but not forever: its disk may hang.
  Outcome take_over() noexcept {
    constexpr std::int64_t kLongest = 2000;  // milliseconds
    State expected = State::queued;
    if (state_.compare_exchange_strong(expected, State::taken)) return {Outcome::Kind::taken};
    for (const std::int64_t end = internal::crash_time() + kLongest; state_ == State::running;
         internal::nap())
      if (internal::crash_time() >= end) return {Outcome::Kind::unknown};
    if (state_ == State::taken) return {Outcome::Kind::taken};
    return {Outcome::Kind::over, result_};
  }

 private:
  enum class State : std::uint8_t { queued, running, over, taken };

  std::atomic<State> state_ = State::queued;
  std::int64_t result_ = -ECANCELED;
};

// FileOps whose opens and writes a crash can take over.
class TakeoverOps : public FileOps {
 public:
  // In a signal handler. `subject` is the address of the first view, or of the path, with which the
  // call was made.
  virtual PoolCall::Outcome take_over(const void* subject) noexcept = 0;
};

}  // namespace weir::fs
