// How long a chunk is and how it is cut: text by Node's characters, which are UTF-16 units.
#pragma once

#include <weir/stream/sink.h>

#include <cstddef>
#include <utility>

namespace weir::internal {

inline std::size_t length_of(const Chunk& chunk) noexcept {
  return chunk.encoding == Encoding::buffer ? chunk.size() : utf16_length(chunk.text());
}

// Cuts off the first `length`, which is returned. A pair of units is not cut apart: it stays.
inline Chunk split(Chunk& chunk, std::size_t length) {
  const std::size_t size =
      chunk.encoding == Encoding::buffer ? length : utf16_offset(chunk.text(), length);
  Chunk first(chunk.slice(0, size), chunk.encoding);
  static_cast<Buffer&>(chunk) = chunk.slice(size);
  return first;
}

}  // namespace weir::internal
