// A standard descriptor. Its use is invisible to the processes that share it: weir never makes it
// non-blocking, never closes it, and blocks the loop's thread on it only if Node does.
//
//   kind       write                                      read
//   file       blocking write                             on the thread pool
//   terminal   blocking write                             when ready
//   null       never                                      never
//   pipe       as much as fits                            when ready
//   socket     as much as fits                            when ready
//   unknown    never                                      never
//
// Pipes, and terminals for reading, are opened again (/proc/self/fd): only this new description
// becomes non-blocking. If that fails (no /proc, another user's pipe, a pipe without a reader), the
// shared description is polled first, and a write is limited to the size that a ready pipe takes:
// it blocks only if another process fills the pipe at that moment. A socket cannot be opened again,
// but each call on it can be non-blocking.
#pragma once

#include <weir/stdio/descriptor_kind.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

namespace weir::internal {

class Descriptor {
 public:
  using Views = std::span<const std::span<const std::byte>>;
  static constexpr std::size_t kMostViews = 64;  // of one call
  using Clock = std::chrono::steady_clock;
  enum class Direction : bool { input, output };

  Descriptor(int fd, Direction direction) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { release(); }

  DescriptorKind kind() const noexcept { return kind_; }
  // The given descriptor. Watch this one: a named pipe that was opened after its last writer had
  // closed never reports the end.
  int fd() const noexcept { return fd_; }
  // True if there is no file.
  bool is_nothing() const noexcept {
    return kind_ == DescriptorKind::null || kind_ == DescriptorKind::unknown;
  }
  // True if the descriptor is open for that direction; otherwise it is never ready.
  bool is_usable() const noexcept { return is_usable_; }
  // True if a write blocks until it is complete.
  bool waits() const noexcept {
    return kind_ == DescriptorKind::file || kind_ == DescriptorKind::terminal;
  }

  // Returns the number of bytes written, or a negative errno: -EAGAIN only if it does not block,
  // -EIO for a device that takes no bytes.
  // REQUIRES: the views are not empty.
  std::int64_t write(Views views) noexcept;
  // Returns the number of bytes read, 0 at the end, or a negative errno.
  std::int64_t read(std::span<std::byte> room) noexcept;
  // A read that may block, for the thread pool.
  static std::int64_t read_waiting(int fd, std::span<std::byte> room) noexcept;

  // Waits until the descriptor has room. Returns false if `until` came first.
  bool wait_for_room(Clock::time_point until) const noexcept;

  // Shuts down writing for every process that shares this socket. Does nothing for other kinds.
  void shut_down() noexcept;

  // Closes the description of its own.
  void release() noexcept;

 private:
  std::int64_t write_to_pipe(Views views) noexcept;
  std::int64_t write_what_a_ready_pipe_takes(std::span<const std::byte> bytes) noexcept;
  std::int64_t send(Views views) noexcept;
  std::int64_t write_waiting(Views views) noexcept;

  int fd_;
  DescriptorKind kind_;
  bool is_usable_;
  int own_ = -1;
};

}  // namespace weir::internal
