#include "support/stepped_time.h"

#include <atomic>
#include <ctime>

#include <sys/syscall.h>
#include <unistd.h>

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::atomic<std::int64_t> passed;  // ns

}  // namespace

// In place of the C library's.
extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const auto status = static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
  if (status != 0 || (clock != CLOCK_MONOTONIC && clock != CLOCK_MONOTONIC_COARSE)) return status;
  const std::int64_t now = time->tv_sec * kSecond + time->tv_nsec + passed;
  time->tv_sec = now / kSecond;
  time->tv_nsec = now % kSecond;
  return 0;
}

namespace weir::test {

void pass(std::chrono::nanoseconds time) noexcept { passed += time.count(); }

}  // namespace weir::test
