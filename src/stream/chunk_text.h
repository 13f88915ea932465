// Cuts a chunk: text by Node's characters, which are UTF-16 units.
#pragma once

#include <weir/stream/chunk.h>

#include <cstddef>
#include <utility>

namespace weir::internal {

// Cuts off the first `length`, which is returned. A pair of units is not cut apart: it stays.
inline Chunk split(Chunk& chunk, std::size_t length) {
  const std::size_t size =
      chunk.encoding == Encoding::buffer ? length : utf16_offset(chunk.text(), length);
  Chunk first(chunk.slice(0, size), chunk.encoding);
  static_cast<Buffer&>(chunk) = chunk.slice(size);
  return first;
}

}  // namespace weir::internal
