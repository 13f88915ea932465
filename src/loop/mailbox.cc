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
  // An application may run its loop on another thread, which is unknown before its first callback.
  if (loop_ == Loops::adopted && async_)
    uv_async_send(async_);
  else
    settle_locked();
}

void Mailbox::bind() noexcept {
  const std::lock_guard lock(mutex_);
  ticks_.bind_thread();
  // If another thread released the last KeepAlive, the async callback is due and settles that,
  // after the earlier posts.
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
  if (!ticks_.is_current()) {  // only the loop's thread may change libuv's reference count
    uv_async_send(async_);
    return;
  }
  keeps_ = !keeps_;
  keeps_ ? uv_ref(handle) : uv_unref(handle);
}

void Mailbox::close() noexcept {
  std::vector<Loop::Call> dropped;  // destroyed outside of the lock: a destructor may post
  const std::lock_guard lock(mutex_);
  async_ = nullptr;
  dropped.swap(posted_);
}

}  // namespace weir::internal
