// weir/testing/random.h - Random: numbers that a seed determines, on every machine.
//
//   weir::test::Random random(seed);
//   if (random.chance(20)) stream->destroy();   // in 20 of 100 cases
//   stream->write(std::string(random.between(1, 5000), 'x'));
//
// A test that fails prints its seed, and the seed repeats it. (The standard library's distributions
// differ from one library to another.)
#pragma once

#include <cstddef>
#include <cstdint>

namespace weir::test {

// SplitMix64.
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
  // `first`, `last` or a number between them. REQUIRES: first <= last.
  std::size_t between(std::size_t first, std::size_t last) noexcept {
    return first + below(last - first + 1);
  }
  // True in `percent` of 100 cases.
  bool chance(unsigned percent) noexcept { return below(100) < percent; }
  template <class T, std::size_t N>
  const T& pick(const T (&values)[N]) noexcept {
    return values[below(N)];
  }

 private:
  std::uint64_t state_;
};

}  // namespace weir::test
