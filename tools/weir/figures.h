// The counters of a transfer.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace tool {

struct Figures {
  std::uint64_t bytes = 0;  // taken by the system
  std::chrono::duration<double> time{};
  std::uint64_t pauses = 0;  // the source stopped because the buffer was full
  std::uint64_t drains = 0;  // the source continued
  std::size_t buffered = 0;
  std::size_t buffer_peak = 0;
  std::size_t high_water_mark = 0;
  std::optional<double> done = {};  // from 0 to 1; empty if the end is unknown

  double megabytes_per_second() const noexcept {
    return time.count() > 0 ? static_cast<double>(bytes) / 1e6 / time.count() : 0;
  }
};

}  // namespace tool
