// weir/fs/file_ops.h - the system calls that a file stream makes, as an interface.
//
// File streams use the system's, by libuv, unless their options name others: a test's that fail on
// purpose, a remote file's. Node counterpart: the `fs` option.
#pragma once

#include <weir/base/durations.h>
#include <weir/base/function.h>
#include <weir/base/ref.h>
#include <weir/loop/loop.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace weir::fs {

class FileOps : public RefCounted {
 public:
  // What a call returned: a descriptor, a number of bytes, 0; or an errno value, negated.
  using Completed = Function<void(std::int64_t result)>;
  using Views = std::span<const std::span<const std::byte>>;
  using Clock = std::chrono::steady_clock;

  // Each calls `completed` once, on the loop's thread, before or after it returns; or destroys it
  // uncalled where the loop goes first.
  virtual void open(const std::string& path, int flags, int mode, Completed completed) = 0;

  // Writes the views one after the other at `offset`, or at the file's position where there is
  // none. May write less. The views and what they show stay valid until completion. The system's
  // files wait where the descriptor is non-blocking (a pipe that another process made so) and takes
  // nothing yet; of others -EAGAIN is a write of no bytes, and a few of those in a row are an
  // error.
  virtual void write(int fd, Views views, std::optional<std::int64_t> offset,
                     Completed completed) = 0;

  // Reads at `offset`, or at the file's position where there is none. May read less; 0 at the end.
  // The room stays valid until completion. The system's files wait as for write.
  virtual void read(int fd, std::span<std::byte> into, std::optional<std::int64_t> offset,
                    Completed completed);
  // Completes with -ERESTART, before it returns, each read and write of the descriptor that waits
  // for it to be ready; one that is with the system does so where it would have to wait. A stream
  // that is destroyed does not wait then. A caller that still needs the call repeats it.
  virtual void interrupt(int fd) { static_cast<void>(fd); }
  // As read, on this thread, where that waits for nothing (a disk neither); else -EAGAIN.
  virtual std::int64_t read_here(int fd, std::span<std::byte> into,
                                 std::optional<std::int64_t> offset) noexcept;

  // Whether descriptors are the system's, so that `copy` may be given one of other FileOps.
  virtual bool are_descriptors() const noexcept { return false; }
  // The size of a regular file; -1 for anything else.
  virtual std::int64_t regular_size(int fd) noexcept { return static_cast<void>(fd), -1; }
  // Copies from file to file without a buffer of the program's. May copy less; 0 at the end.
  // REQUIRES: are_descriptors().
  virtual void copy(int from, std::int64_t from_offset, int to, std::int64_t to_offset,
                    std::size_t length, Completed completed);

  // Whether a write to this descriptor waits for nobody but the system, as one to a regular file
  // does and one to a pipe does not, so that it may be made by write_here.
  virtual bool can_write_here(int fd) noexcept { return static_cast<void>(fd), false; }
  // As write, on this thread; returns what it completes with. REQUIRES: can_write_here(fd).
  virtual std::int64_t write_here(int fd, Views views, std::optional<std::int64_t> offset) noexcept;
  // By which writes are timed.
  virtual Clock::time_point now() const noexcept { return Clock::now(); }

  virtual void sync(int fd, Completed completed) = 0;      // fsync
  virtual void datasync(int fd, Completed completed) = 0;  // fdatasync
  virtual void close(int fd, Completed completed) = 0;

  // Closes at once, where nobody is left to be told.
  virtual void close_now(int fd) noexcept = 0;
};

// The system's files. REQUIRES: loop outlives the result.
Ref<FileOps> system_file_ops(Loop& loop);

}  // namespace weir::fs
