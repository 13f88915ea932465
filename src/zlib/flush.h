// Orders the kinds of flush by strength.
#pragma once

#include <weir/zlib/options.h>

namespace weir::zlib {

constexpr int strength(Flush flush) noexcept {
  switch (flush) {
    case Flush::none:
      return 0;
    case Flush::block:
      return 1;
    case Flush::partial:
      return 2;
    case Flush::sync:
      return 3;
    case Flush::full:
      return 4;
    case Flush::finish:
      break;
  }
  return 5;
}

// The flush to use if both are due.
constexpr Flush stronger(Flush a, Flush b) noexcept { return strength(a) > strength(b) ? a : b; }

}  // namespace weir::zlib
