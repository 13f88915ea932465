// The part of a Loop that other threads use: posted calls, and the count of KeepAlives. They share
// it with the Loop, so it may outlive the Loop.
#pragma once

#include <weir/loop/loop.h>

#include <cstddef>
#include <mutex>
#include <vector>

#include <uv.h>

namespace weir::internal {

class Mailbox {
 public:
  enum class Loops : bool { own, adopted };

  // `async` wakes the loop, and keeps it running while there are KeepAlives.
  Mailbox(uv_async_t& async, LoopCore& core, Loops loop) noexcept
      : async_(&async), core_(core), loop_(loop) {}
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // --- From any thread. ---

  // Drops the call once the loop is destroyed.
  void post(Loop::Call call);
  void keep_alive() noexcept;
  void release() noexcept;

  // --- On the loop's thread. ---

  // Call when the loop is about to run on this thread.
  void bind() noexcept;
  std::vector<Loop::Call> take_posted();
  // Keeps the loop running, or not, by the count of KeepAlives.
  void settle() noexcept;
  std::size_t keep_alives() noexcept;
  // Called by the loop's destructor. REQUIRES: the async handle is still open.
  void close() noexcept;

 private:
  // Returns true if it has changed that now, on the thread of a loop that waits for its poll.
  bool settle_locked() noexcept;

  std::mutex mutex_;
  std::vector<Loop::Call> posted_;
  std::size_t keep_alives_ = 0;
  bool keeps_ = false;  // keeps the loop running; changed on its thread only
  uv_async_t* async_;   // null once the loop is destroyed
  LoopCore& core_;      // not to be used after that
  const Loops loop_;
};

}  // namespace weir::internal
