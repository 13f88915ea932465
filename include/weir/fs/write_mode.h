// weir/fs/write_mode.h - on which thread a file stream writes.
#pragma once

namespace weir::fs {

enum class WriteMode {
  // A full buffer is written on the loop's thread, where that takes a sixth of the time of a trip
  // through the pool; whatever the program does not wait for, and what is not a regular file, goes
  // through the pool. A write that is slow (5 ms) sends those after it to the pool as well, for ten
  // seconds at least: a disk that cannot follow stalls the loop for one write and then no more.
  in_place,
  // Every write goes through the pool, as in Node. For files that may block for long (a network's),
  // and where the loop must not wait for a disk even once.
  pool,
};

}  // namespace weir::fs
