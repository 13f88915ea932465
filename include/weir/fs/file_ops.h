// weir/fs/file_ops.h - FileOps: an interface to the system calls of file streams.
//
// The default makes the system's calls with libuv. The options of a stream can name another
// implementation: fault injection in a test, or remote files.
// Node counterpart: the `fs` option.
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
  // The result of a call: a descriptor, a number of bytes, or 0; a negated errno value on failure.
  using Completed = Function<void(std::int64_t result)>;
  using Views = std::span<const std::span<const std::byte>>;
  using Clock = std::chrono::steady_clock;

  // Each function calls `completed` once, on the loop's thread, before or after it returns. If the
  // loop is destroyed first, `completed` is destroyed uncalled.
  // The default opens a FIFO once it has its other end, and makes it non-blocking then, as a
  // terminal, so that `interrupt` ends what waits for others.
  virtual void open(const std::string& path, int flags, int mode, Completed completed) = 0;

  // Writes the views in order at `offset`, or at the file's position without one. May write only a
  // part. The views and their bytes stay valid until completion. The default waits if the
  // descriptor is non-blocking and full (a system pipe that another process made so). In other
  // implementations, -EAGAIN is a write of no bytes; a few in a row are an error.
  virtual void write(int fd, Views views, std::optional<std::int64_t> offset,
                     Completed completed) = 0;

  // Reads at `offset`, or at the file's position without one. May read less; 0 at the end of the
  // file. `into` stays valid until completion. The default waits as for write.
  virtual void read(int fd, std::span<std::byte> into, std::optional<std::int64_t> offset,
                    Completed completed);
  // Completes, before it returns, each read and write that waits for the descriptor to be ready,
  // with -ERESTART. A call in progress in the system completes so when it would have to wait.
  // Destroying a stream uses this. A caller that still needs the call repeats it.
  virtual void interrupt(int fd) { static_cast<void>(fd); }
  // Reads on this thread if that does not block, not even on a disk; otherwise -EAGAIN.
  virtual std::int64_t read_here(int fd, std::span<std::byte> into,
                                 std::optional<std::int64_t> offset) noexcept;

  // True if the descriptors are the system's, so that `copy` accepts them from other FileOps.
  virtual bool are_descriptors() const noexcept { return false; }
  // The size of a regular file; -1 for other files.
  virtual std::int64_t regular_size(int fd) noexcept { return static_cast<void>(fd), -1; }
  // Copies from file to file in the kernel. May copy less; 0 at the end of the file.
  // REQUIRES: are_descriptors().
  virtual void copy(int from, std::int64_t from_offset, int to, std::int64_t to_offset,
                    std::size_t length, Completed completed);

  // True if a write to this descriptor blocks at most on the system, as for a regular file, and not
  // on another process, as for a system pipe. Then write_here can make it.
  virtual bool can_write_here(int fd) noexcept { return static_cast<void>(fd), false; }
  // Writes on this thread, and returns the result. REQUIRES: can_write_here(fd).
  virtual std::int64_t write_here(int fd, Views views, std::optional<std::int64_t> offset) noexcept;
  // The time by which writes are measured.
  virtual Clock::time_point now() const noexcept { return Clock::now(); }

  virtual void sync(int fd, Completed completed) = 0;      // fsync
  virtual void datasync(int fd, Completed completed) = 0;  // fdatasync
  virtual void close(int fd, Completed completed) = 0;

  // Closes the descriptor at once, without a callback.
  virtual void close_now(int fd) noexcept = 0;
};

// The default implementation. REQUIRES: loop outlives the result.
Ref<FileOps> system_file_ops(Loop& loop);

}  // namespace weir::fs
