// Owns a descriptor, and closes it in the destructor.
#pragma once

#include "fs/thread_sanitizer.h"

#include <utility>

#include <sys/syscall.h>
#include <unistd.h>

namespace weir::fs {

class UniqueFd {
 public:
  UniqueFd() noexcept = default;
  // `fd`: the result of open(); negative: none.
  explicit UniqueFd(int fd) noexcept : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    const UniqueFd old(std::exchange(fd_, other.release()));
    return *this;
  }
  ~UniqueFd() {
    if (fd_ < 0) return;
    // ThreadSanitizer sees neither openat nor libuv's close: it would take this descriptor for an
    // earlier file of another thread.
    if (WEIR_HAS_THREAD_SANITIZER)
      ::syscall(SYS_close, fd_);
    else
      ::close(fd_);
  }

  explicit operator bool() const noexcept { return fd_ >= 0; }
  int get() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

}  // namespace weir::fs
