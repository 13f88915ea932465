#include "loop/mailbox.h"

#include <utility>

namespace weir::internal {

void Mailbox::post(Loop::Call call) {
  const std::lock_guard lock(mutex_);
  if (!async_) return;
  posted_.push_back(std::move(call));
  uv_async_send(async_);
}

void Mailbox::keep_alive() noexcept {
  const std::lock_guard lock(mutex_);
  ++keep_alives_;
  settle_locked();
}

void Mailbox::release() noexcept {
  const std::lock_guard lock(mutex_);
  --keep_alives_;
  // An application may run its loop on another thread, of which nothing is known before it calls
  // back.
  if (loop_ == Loops::adopted && async_)
    uv_async_send(async_);
  else
    settle_locked();
}

void Mailbox::bind() noexcept {
  const std::lock_guard lock(mutex_);
  ticks_.bind_thread();
  // Where the last KeepAlive was released on another thread, the async handle is due: its callback
  // settles that, after what was posted before.
  if (keep_alives_ > 0) settle_locked();
}

std::vector<Loop::Call> Mailbox::take_posted() {
  const std::lock_guard lock(mutex_);
  return std::exchange(posted_, {});
}

void Mailbox::settle() noexcept {
  const std::lock_guard lock(mutex_);
  settle_locked();
}

void Mailbox::settle_locked() noexcept {
  if (!async_ || keeps_ == (keep_alives_ > 0)) return;
  auto* const handle = reinterpret_cast<uv_handle_t*>(async_);
  if (!ticks_.is_current()) {  // libuv's count of references is the loop's thread's
    uv_async_send(async_);
    return;
  }
  keeps_ = !keeps_;
  keeps_ ? uv_ref(handle) : uv_unref(handle);
}

void Mailbox::close() noexcept {
  std::vector<Loop::Call> dropped;  // outside of the lock: what goes with a call may post
  const std::lock_guard lock(mutex_);
  async_ = nullptr;
  dropped.swap(posted_);
}

}  // namespace weir::internal
