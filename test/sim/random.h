// sim/random.h - numbers that a seed determines, on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace weir::sim {

// SplitMix64. The standard library's distributions differ from one library to another.
class Random {
 public:
  explicit Random(std::uint64_t seed) noexcept : state_(seed) {}

  std::uint64_t next() noexcept {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }
  // Less than `count`. REQUIRES: count > 0.
  std::size_t below(std::size_t count) noexcept { return next() % count; }
  std::size_t between(std::size_t first, std::size_t last) noexcept {
    return first + below(last - first + 1);
  }
  bool chance(unsigned percent) noexcept { return below(100) < percent; }
  template <class T, std::size_t N>
  const T& pick(const T (&values)[N]) noexcept {
    return values[below(N)];
  }

 private:
  std::uint64_t state_;
};

}  // namespace weir::sim
