// What keeps a chunk from going straight to the sink, besides another chunk.
#pragma once

#include <cstdint>
#include <cstring>

namespace weir::internal {

// Side by side, so that a write looks at all of them at once: this is asked for every chunk and
// changes a few times in a stream's life.
struct Obstacles {
  bool constructing = false;
  bool errored = false;
  bool destroyed = false;
  bool ended = false;
  bool corked = false;
  bool gathers = false;
  bool outlived = false;  // the stream's queue is gone; it is destroyed as well
  bool unused = false;

  bool any() const noexcept {
    std::uint64_t all;
    static_assert(sizeof(*this) == sizeof(all));
    std::memcpy(&all, this, sizeof(all));
    return all != 0;
  }
  bool any_but_gathering() const noexcept {
    Obstacles others = *this;
    others.gathers = false;
    return others.any();
  }
};

}  // namespace weir::internal
