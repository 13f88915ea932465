#include "fs/sparse_copy.h"

#include "fs/unique_fd.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <new>
#include <span>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weir::fs {
namespace {

constexpr std::int64_t kUnit = 512;                             // the unit of st_blocks
constexpr std::int64_t kLargestBlock = std::int64_t{64} << 10;  // of a file system
// The size of one read and write, if the kernel does not copy.
constexpr std::size_t kMostRead = std::size_t{2} << 20;
constexpr std::size_t kRoom = std::size_t{256} << 10;

// The hole, or the data, at an offset.
struct Stretch {
  bool is_hole = false;
  std::int64_t length = 0;
};

// Returns the number of bytes written; a negative errno value if there are none.
std::int64_t write_all(FileOffset to, std::span<const std::byte> bytes) noexcept {
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t count = ::pwrite(to.fd, bytes.data() + written, bytes.size() - written,
                                   to.offset + static_cast<off_t>(written));
    if (count <= 0 && written == 0) return count < 0 ? -errno : -EIO;
    if (count <= 0) break;
    written += static_cast<std::size_t>(count);
  }
  return static_cast<std::int64_t>(written);
}

// Returns the first error only if no byte was copied before it.
std::int64_t read_and_write(FileOffset from, FileOffset to, std::size_t length) noexcept {
  const std::unique_ptr<std::byte[]> room(new (std::nothrow) std::byte[kRoom]);
  if (!room) return -ENOMEM;
  std::int64_t copied = 0;
  for (std::size_t left = std::min(length, kMostRead); left > 0;) {
    const ssize_t got = ::pread(from.fd, room.get(), std::min(left, kRoom), from.offset + copied);
    if (got < 0 && copied == 0) return -errno;
    if (got <= 0) break;
    const auto count = static_cast<std::size_t>(got);
    const std::int64_t written = write_all({to.fd, to.offset + copied}, {room.get(), count});
    if (written < 0 && copied == 0) return written;
    if (written < 0) break;
    copied += written;
    left -= static_cast<std::size_t>(written);
    if (written < got) break;
  }
  return copied;
}

std::int64_t copy(FileOffset from, FileOffset to, std::size_t length) noexcept {
  off_t from_at = from.offset;
  off_t to_at = to.offset;
  const ssize_t copied = ::copy_file_range(from.fd, &from_at, to.fd, &to_at, length, 0);
  if (copied >= 0) return copied;
  const bool is_refused = errno == EXDEV || errno == EOPNOTSUPP || errno == ENOSYS;
  return is_refused ? read_and_write(from, to, length) : -errno;
}

// A separate open file description: the position of the given one may be shared.
class Seeker {
 public:
  explicit Seeker(int fd) noexcept {
    char path[32];
    *fmt::format_to_n(path, sizeof(path) - 1, "/proc/self/fd/{}", fd).out = '\0';
    fd_ = UniqueFd(::openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  }

  // Data, if the file system does not report holes. `size` is the file's.
  Stretch look(std::int64_t offset, std::int64_t size) const noexcept {
    const Stretch unknown{.length = size - offset};
    if (!fd_) return unknown;
    const off_t data = ::lseek(fd_.get(), offset, SEEK_DATA);
    if (data < 0) return {.is_hole = errno == ENXIO, .length = size - offset};
    if (data > offset) return {.is_hole = true, .length = data - offset};
    const off_t hole = ::lseek(fd_.get(), offset, SEEK_HOLE);
    return hole > offset ? Stretch{.length = hole - offset} : unknown;
  }

 private:
  UniqueFd fd_;
};

bool punch(int fd, std::int64_t from, std::int64_t to) noexcept {
  return ::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, from, to - from) == 0;
}

// Returns false if that is impossible; a copy overwrites all changes made so far.
bool make_hole(FileOffset at, std::int64_t length) noexcept {
  struct stat status{};
  if (::fstat(at.fd, &status) != 0) return false;
  const std::int64_t end = at.offset + length;
  if (status.st_size > at.offset &&
      !punch(at.fd, at.offset, std::min<std::int64_t>(end, status.st_size)))
    return false;
  if (status.st_size >= end) return true;
  // Not ftruncate, which would cut off bytes that another stream has written after the hole
  // meanwhile.
  if (::pwrite(at.fd, "", 1, end - 1) != 1) return false;
  punch(at.fd, std::max(at.offset, end - kLargestBlock), end);
  return true;
}

}  // namespace

std::int64_t copy_keeping_holes(FileOffset from, FileOffset to, std::size_t length) noexcept {
  struct stat status{};
  if (::fstat(from.fd, &status) != 0) return -errno;
  const bool may_have_holes = status.st_blocks < status.st_size / kUnit;
  if (!may_have_holes || from.offset >= status.st_size) return copy(from, to, length);
  const Stretch stretch = Seeker(from.fd).look(from.offset, status.st_size);
  const std::int64_t count = std::min(stretch.length, static_cast<std::int64_t>(length));
  if (stretch.is_hole && make_hole(to, count)) return count;
  return copy(from, to, static_cast<std::size_t>(count));
}

}  // namespace weir::fs
