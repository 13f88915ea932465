// weir/fs/write_mode.h - WriteMode: the thread on which a file stream writes.
#pragma once

namespace weir::fs {

enum class WriteMode {
  // Full buffers are written inline, on the loop's thread. That saves the trip to the thread pool
  // and back, which takes about six times as long as a write of 16 KiB into the page cache. Partial
  // buffers, and files that are not regular files, are written by the pool. After a slow write (5
  // ms), the pool makes all writes for at least ten seconds, so a slow disk delays the loop by one
  // write.
  in_place,
  // The pool makes every write, as in Node. For files that may block for long, such as a network's,
  // and loops that must never wait for a disk.
  pool,
};

}  // namespace weir::fs
