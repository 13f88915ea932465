// The target of a name: an open regular file, a folder, or an error.
#pragma once

#include "fs/unique_fd.h"

#include <cerrno>
#include <concepts>
#include <cstdint>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

namespace weir::http {

class OpenedFile {
 public:
  // `open(flags)` returns a descriptor, or none and errno. The name is examined before it is opened
  // for reading: opening a FIFO would wake its writer, and opening a device may start it.
  template <std::invocable<int> Open>
  static OpenedFile find(Open open) {
    OpenedFile found(open(O_PATH));
    if (found.error_ != 0 || found.is_folder()) return found;
    if (!S_ISREG(found.stat_.st_mode)) return OpenedFile(EACCES);
    found.fd_ = fs::UniqueFd();  // a served file never takes two descriptors
    return find_examined(open);
  }
  // The same for a name that was a regular file a moment ago.
  template <std::invocable<int> Open>
  static OpenedFile find_examined(Open open) {
    // Does not block: another file may have taken the name.
    OpenedFile file(open(O_RDONLY | O_NONBLOCK | O_NOCTTY));
    if (file.error_ == 0 && !S_ISREG(file.stat_.st_mode)) return OpenedFile(EACCES);
    return file;
  }

  // An errno; 0 for a file or a folder.
  int error() const noexcept { return error_; }
  bool is_file() const noexcept { return error_ == 0 && S_ISREG(stat_.st_mode); }
  bool is_folder() const noexcept { return error_ == 0 && S_ISDIR(stat_.st_mode); }

  fs::UniqueFd& descriptor() noexcept { return fd_; }
  const struct stat& stat() const noexcept { return stat_; }
  std::uint64_t size() const noexcept { return static_cast<std::uint64_t>(stat_.st_size); }

 private:
  explicit OpenedFile(int error) noexcept : error_(error) {}
  explicit OpenedFile(fs::UniqueFd fd) noexcept : fd_(std::move(fd)) {
    if (!fd_ || ::fstat(fd_.get(), &stat_) != 0) error_ = errno;
  }

  fs::UniqueFd fd_;
  struct stat stat_{};
  int error_ = 0;
};

}  // namespace weir::http
