// Blocks SIGPIPE in this thread during a write to a pipe without a reader, and removes the pending
// signal afterwards. The process's own setting of the signal stays, for its children and other
// code.
#pragma once

#include <cerrno>
#include <csignal>
#include <ctime>

namespace weir::internal {

class NoSigpipe {
 public:
  NoSigpipe() noexcept {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
    was_held_back_ = sigismember(&before_, SIGPIPE) == 1;
    // Only a blocked signal can be pending, and such a signal has another sender.
    if (was_held_back_) was_pending_ = is_pending();
  }
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;
  ~NoSigpipe() {
    if (!was_held_back_) pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

  // After a write that failed with EPIPE. Preserves errno.
  void take_away() const noexcept {
    if (was_pending_) return;
    const int error = errno;
    const timespec at_once{};
    while (sigtimedwait(&pipe_, nullptr, &at_once) < 0 && errno == EINTR) {
    }
    errno = error;
  }

 private:
  static bool is_pending() noexcept {
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGPIPE) == 1;
  }

  sigset_t pipe_;
  sigset_t before_;
  bool was_held_back_;
  bool was_pending_ = false;
};

}  // namespace weir::internal
