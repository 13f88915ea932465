// A write to a pipe that nobody reads raises SIGPIPE in this thread, which ends a process that has
// not said otherwise. It is held back for the write and taken away again; what the process has set
// for the signal stays as it is, for its children and for other code.
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
    // Only a signal that is held back can be pending, and such a one is somebody else's.
    if (was_held_back_) was_pending_ = is_pending();
  }
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;
  ~NoSigpipe() {
    if (!was_held_back_) pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

  // After a write that failed with EPIPE. Leaves errno.
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
