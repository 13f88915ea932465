// The part of a Loop that other threads use: calls to make on the loop's thread, and the count of
// KeepAlives. They share it with the Loop, so it may outlive that.
#pragma once

#include <weir/event/tick_queue.h>
#include <weir/loop/loop.h>

#include <cstddef>
#include <mutex>
#include <vector>

#include <uv.h>

namespace weir::internal {

class Mailbox {
 public:
  enum class Loops : bool { own, adopted };

  // `async` wakes the loop, and keeps it alive while there are KeepAlives.
  Mailbox(uv_async_t& async, TickQueue& ticks, Loops loop) noexcept
      : async_(&async), ticks_(ticks), loop_(loop) {}
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // --- From any thread. ---

  // Dropped once the loop is gone.
  void post(Loop::Call call);
  void keep_alive() noexcept;
  void release() noexcept;

  // --- On the loop's thread. ---

  // The loop is about to run on this thread.
  void bind() noexcept;
  std::vector<Loop::Call> take_posted();
  // Has the loop live or end as the count of KeepAlives says.
  void settle() noexcept;
  // The loop goes. REQUIRES: the async handle is open until then.
  void close() noexcept;

 private:
  void settle_locked() noexcept;

  std::mutex mutex_;
  std::vector<Loop::Call> posted_;
  std::size_t keep_alives_ = 0;
  bool keeps_ = false;  // the loop alive; changed on its thread only
  uv_async_t* async_;   // null once the loop is gone
  TickQueue& ticks_;    // not to be used then
  const Loops loop_;
};

}  // namespace weir::internal
