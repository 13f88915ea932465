// A descriptor that the process was given, used so that who shares it notices nothing: it is never
// made non-blocking, never closed, and never read or written so that the loop's thread waits,
// unless that is Node's rule.
//
//   kind       is written                                   is read
//   file       with write, which waits                      on the pool
//   terminal   with write, which waits                      when it is ready
//   null       not at all                                   not at all
//   pipe       as much as it takes                          when it is ready
//   socket     as much as it takes                          when it is ready
//   unknown    not at all                                   not at all
//
// Pipes, and terminals that are read, are opened once more (/proc/self/fd): what is non-blocking is
// that description then, which is ours alone. Where the system does not open it (no /proc, another
// user's pipe, a pipe without a reader) the shared one is polled first, and no more is written than
// what a pipe that is ready takes: it waits only where another process is quicker at that moment.
// A socket cannot be opened again, but each call on it can be told not to wait.
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
  using Clock = std::chrono::steady_clock;
  enum class Direction : bool { input, output };

  Descriptor(int fd, Direction direction) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { release(); }

  DescriptorKind kind() const noexcept { return kind_; }
  // As given. It is this one that is to be watched: a description of a named pipe that was opened
  // after the last writer had gone never hears of the end.
  int fd() const noexcept { return fd_; }
  // Whether there is nothing behind it.
  bool is_nothing() const noexcept {
    return kind_ == DescriptorKind::null || kind_ == DescriptorKind::unknown;
  }
  // Whether it was opened for that direction; if not, it will never be ready.
  bool is_usable() const noexcept { return is_usable_; }
  // Whether a write waits until it is through.
  bool waits() const noexcept {
    return kind_ == DescriptorKind::file || kind_ == DescriptorKind::terminal;
  }

  // How many bytes were taken, or a negative errno: -EAGAIN only where it does not wait, -EIO for a
  // device that takes nothing. REQUIRES: the views are not empty.
  std::int64_t write(Views views) noexcept;
  // How many bytes came, 0 at the end, or a negative errno.
  std::int64_t read(std::span<std::byte> room) noexcept;
  // As read, of what may wait: for the pool.
  static std::int64_t read_waiting(int fd, std::span<std::byte> room) noexcept;

  // Waits until a write is worth while. False where `until` came first.
  bool wait_for_room(Clock::time_point until) const noexcept;

  // Nobody will be written to any more by anybody who has this socket. Nothing for other kinds.
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
