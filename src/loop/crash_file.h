// Writes into an open regular file from a signal handler: without allocation and locks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace weir::internal {

class CrashFile {
 public:
  CrashFile() noexcept = default;  // no file
  // Without a position: the file's own.
  CrashFile(int fd, std::optional<std::int64_t> position) noexcept : fd_(fd), position_(position) {}

  // False without a file, and after a failure: no byte may follow one that is missing.
  bool accepts() const noexcept { return fd_ >= 0; }
  void fail() noexcept { fd_ = -1; }

  // Both do nothing if the file does not accept.
  void write(std::span<const std::byte> bytes) noexcept;
  // Copies bytes of another file.
  void copy(int from, std::int64_t offset, std::size_t length) noexcept;

 private:
  int fd_ = -1;
  std::optional<std::int64_t> position_;
};

// Sleeps for a moment, between two looks at what another thread does.
void nap() noexcept;
// A monotonic clock, in milliseconds.
std::int64_t crash_time() noexcept;

}  // namespace weir::internal
