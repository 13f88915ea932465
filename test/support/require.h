// What a fuzz target demands of every input.
#pragma once

#include <cstdlib>

namespace weir::test {

inline void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace weir::test
