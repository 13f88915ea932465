#include "loop/file_range.h"

#include <weir/base/block.h>

#include <cerrno>
#include <utility>

#include <unistd.h>

namespace weir::internal {

RangedFile::~RangedFile() { ::close(fd_); }

Buffer FileRange::fetch(std::size_t size) {
  Block block(size);
  std::size_t count = 0;
  Error error;
  while (count < size) {
    const auto room = block.bytes().subspan(count);
    const ssize_t got =
        ::pread(source->fd(), room.data(), room.size(), offset + static_cast<off_t>(count));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) error = Error::system(errno, "read");
    if (got <= 0) break;
    count += static_cast<std::size_t>(got);
  }
  if (count < size) source->report(size - count, error);
  return std::move(block).take(count);
}

}  // namespace weir::internal
