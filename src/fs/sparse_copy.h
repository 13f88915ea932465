// Copies from file to file in the kernel, and keeps the source's holes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace weir::fs {

struct FileOffset {
  int fd;
  std::int64_t offset;
};

// Copies up to `length` bytes and returns the number of bytes copied, 0 at the source's end, or a
// negative errno value. One call copies data or a hole, not both. The positions of both files stay,
// and only those bytes of the destination change: another stream may write beside them. On file
// systems without holes, or that do not report them, holes are data. For the thread pool.
std::int64_t copy_keeping_holes(FileOffset from, FileOffset to, std::size_t length) noexcept;

}  // namespace weir::fs
