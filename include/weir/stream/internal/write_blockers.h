// weir/stream/internal/write_blockers.h - WriteBlockers: the reasons to queue a chunk.
#pragma once

#include <cstdint>
#include <cstring>

namespace weir::internal {

// One word, so that a write tests all of them at once: every chunk tests them, and they rarely
// change. The core sets the first three, the writable side the others.
struct WriteBlockers {
  bool constructing = false;
  bool errored = false;
  bool destroyed = false;
  bool ended = false;
  bool corked = false;
  bool gathers = false;  // the side passes writes on together (Delivery)
  bool indirect =
      false;  // each chunk is checked: max_buffered limits them, or the sink has no write
  bool outlived = false;  // the stream's Loop is destroyed; the stream is, too

  bool any() const noexcept {
    std::uint64_t all;
    static_assert(sizeof(*this) == sizeof(all));
    std::memcpy(&all, this, sizeof(all));
    return all != 0;
  }
  bool any_but_indirect() const noexcept {
    WriteBlockers others = *this;
    others.indirect = false;
    return others.any();
  }
  // Without those that come from the sink and the options.
  bool any_but_lasting() const noexcept {
    WriteBlockers others = *this;
    others.gathers = false;
    others.indirect = false;
    return others.any();
  }
};

}  // namespace weir::internal
