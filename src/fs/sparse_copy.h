// A copy from file to file, by the system, that leaves holes where the source has them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace weir::fs {

struct FileOffset {
  int fd;
  std::int64_t offset;
};

// Copies up to `length` bytes and returns how many that was, 0 at the source's end, or a negative
// errno value. One call copies a stretch of data or a hole, not both. Neither file's position
// moves, and nothing but those bytes of the destination changes: another stream may write next to
// them. Holes are data where the file system does not tell of them, or has none. For the pool.
std::int64_t copy_keeping_holes(FileOffset from, FileOffset to, std::size_t length) noexcept;

}  // namespace weir::fs
