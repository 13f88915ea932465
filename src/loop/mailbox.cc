#include "loop/mailbox.h"

#include "loop/loop_core.h"

#include <utility>

namespace weir::internal {

void Mailbox::post(Loop::Call call) {
  const std::lock_guard lock(mutex_);
  if (!async_) return;
  posted_.push_back(std::move(call));
  uv_async_send(async_);
}

void Mailbox::keep_alive() noexcept {
  bool is_poll_due = false;
  {
    const std::lock_guard lock(mutex_);
    ++keep_alives_;
    is_poll_due = settle_locked();
  }
  if (is_poll_due) core_.report_poll_due();
}

void Mailbox::release() noexcept {
  bool is_poll_due = false;
  {
    const std::lock_guard lock(mutex_);
    --keep_alives_;
    // An application may run its loop on another thread, which is unknown before its first
    // callback.
    if (loop_ == Loops::adopted && async_)
      uv_async_send(async_);
    else
      is_poll_due = settle_locked();
  }
  if (is_poll_due) core_.report_poll_due();
}

void Mailbox::bind() noexcept {
  const std::lock_guard lock(mutex_);
  core_.ticks().bind_thread();
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

bool Mailbox::settle_locked() noexcept {
  if (!async_ || keeps_ == (keep_alives_ > 0)) return false;
  auto* const handle = reinterpret_cast<uv_handle_t*>(async_);
  if (!core_.ticks().is_current()) {  // only the loop's thread may change libuv's reference count
    uv_async_send(async_);
    return false;
  }
  keeps_ = !keeps_;
  keeps_ ? uv_ref(handle) : uv_unref(handle);
  return core_.waits_for_poll();  // asked here, since another thread may run the loop next
}

void Mailbox::close() noexcept {
  std::vector<Loop::Call> dropped;  // destroyed outside of the lock: a destructor may post
  const std::lock_guard lock(mutex_);
  async_ = nullptr;
  dropped.swap(posted_);
}

std::size_t Mailbox::keep_alives() noexcept {
  const std::lock_guard lock(mutex_);
  return keep_alives_;
}

}  // namespace weir::internal
