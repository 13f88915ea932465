// weir/stream/internal/due_ticks.h - DueTicks: the set of a side's queued ticks.
#pragma once

#include <cstdint>

namespace weir::internal {

// `Tick` is an enum with at most eight values.
template <class Tick>
class DueTicks {
 public:
  constexpr bool has(Tick tick) const noexcept { return (ticks_ & bit(tick)) != 0; }
  // Returns true if it was not due.
  constexpr bool add(Tick tick) noexcept {
    if (has(tick)) return false;
    ticks_ |= bit(tick);
    return true;
  }
  constexpr void remove(Tick tick) noexcept { ticks_ &= static_cast<std::uint8_t>(~bit(tick)); }

 private:
  static constexpr std::uint8_t bit(Tick tick) noexcept {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(tick));
  }
  std::uint8_t ticks_ = 0;
};

}  // namespace weir::internal
