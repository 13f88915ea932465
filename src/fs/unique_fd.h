// UniqueFd: owns a descriptor, and closes it in the destructor.
#pragma once

#include "fs/thread_sanitizer.h"

#include <utility>

#include <sys/syscall.h>
#include <unistd.h>

namespace weir::fs {

// As close(), of what openat or fcntl(F_DUPFD_CLOEXEC) returned: ThreadSanitizer sees neither these
// nor libuv's close. If it saw this one, it would take `fd` for another thread's earlier file.
inline int close_fd(int fd) noexcept {
  return WEIR_HAS_THREAD_SANITIZER ? static_cast<int>(::syscall(SYS_close, fd)) : ::close(fd);
}

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
    if (fd_ >= 0) close_fd(fd_);
  }

  explicit operator bool() const noexcept { return fd_ >= 0; }
  int get() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

}  // namespace weir::fs
