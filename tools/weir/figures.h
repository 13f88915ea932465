// What is counted while a stream is written to.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace tool {

struct Figures {
  std::uint64_t bytes = 0;  // that the system has taken
  std::chrono::duration<double> time{};
  std::uint64_t pauses = 0;  // the source stopped, as the buffer was full
  std::uint64_t drains = 0;  // it went on
  std::size_t buffered = 0;
  std::size_t buffer_peak = 0;
  std::size_t high_water_mark = 0;
  std::optional<double> done = {};  // of 1; nothing where the end is not known

  double megabytes_per_second() const noexcept {
    return time.count() > 0 ? static_cast<double>(bytes) / 1e6 / time.count() : 0;
  }
};

}  // namespace tool
