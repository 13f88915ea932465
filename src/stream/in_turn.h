// Calls one function after the other, also if the first throws: a listener of the program may.
#pragma once

#include <utility>

namespace weir::internal {

// Calls `first`, then `rest`. If `first` throws, `rest` runs on a tick.
template <class Queue, class First, class Rest>
[[gnu::always_inline]] inline void in_turn(Queue& queue, First first, Rest rest) {
  try {
    first();
  } catch (...) {
    queue.next_tick(std::move(rest));
    throw;
  }
  rest();
}

}  // namespace weir::internal
