#include "loop/crash_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>

#include <unistd.h>

namespace weir::internal {

void CrashFile::write(std::span<const std::byte> bytes) noexcept {
  while (accepts() && !bytes.empty()) {
    const ssize_t result = position_ ? ::pwrite(fd_, bytes.data(), bytes.size(), *position_)
                                     : ::write(fd_, bytes.data(), bytes.size());
    if (result < 0 && errno == EINTR) continue;
    if (result <= 0) return fail();
    bytes = bytes.subspan(static_cast<std::size_t>(result));
    if (position_) *position_ += result;
  }
}

void CrashFile::copy(int from, std::int64_t offset, std::size_t length) noexcept {
  std::array<std::byte, 4096> block;  // on an alternate stack
  while (accepts() && length > 0) {
    const ssize_t got = ::pread(from, block.data(), std::min(block.size(), length), offset);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return fail();
    const auto count = static_cast<std::size_t>(got);
    write(std::span(block).first(count));
    offset += got;
    length -= count;
  }
}

void nap() noexcept {
  const timespec moment{.tv_sec = 0, .tv_nsec = 500'000};
  ::nanosleep(&moment, nullptr);
}

std::int64_t crash_time() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace weir::internal
