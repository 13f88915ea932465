// Splits a chunk: text by UTF-16 units, as Node's strings.
#pragma once

#include <weir/stream/chunk.h>

#include <cstddef>
#include <utility>

namespace weir::internal {

// Removes and returns the first `length` units. A surrogate pair is not split: it stays in the
// rest.
inline Chunk split(Chunk& chunk, std::size_t length) {
  const std::size_t size =
      chunk.encoding == Encoding::buffer ? length : utf16_offset(chunk.text(), length);
  Chunk first(chunk.slice(0, size), chunk.encoding);
  static_cast<Buffer&>(chunk) = chunk.slice(size);
  return first;
}

}  // namespace weir::internal
