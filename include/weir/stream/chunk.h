// weir/stream/chunk.h - Chunk: the unit of a byte stream: bytes, or text that is not decoded yet.
#pragma once

#include <weir/base/buffer.h>
#include <weir/base/encoding.h>

#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir {

// Bytes; with decode_strings off, the bytes of a text and the encoding that it was written with.
struct Chunk : Buffer {
  Chunk() = default;
  Chunk(Buffer bytes, Encoding text_encoding = Encoding::buffer)  // NOLINT: bytes are a chunk
      : Buffer(std::move(bytes)), encoding(text_encoding) {}

  Encoding encoding = Encoding::buffer;
};

// Chunks that a sink is given in one call of writev.
template <class C>
struct BasicBatch {
  std::vector<C> chunks = {};
  // The sum of their lengths: in bytes, or in objects.
  std::size_t length = 0;
  // end() was called: no write follows the batch.
  bool last = false;
  // A write's callback waits for them to be done.
  bool awaited = false;
};

using Batch = BasicBatch<Chunk>;
template <class T>
using ObjectBatch = BasicBatch<T>;

class Writable;
template <class T>
class ObjectWritable;

// The stream that takes chunks of type C: bytes, or values.
template <class C>
using WritableOf = std::conditional_t<std::is_same_v<C, Chunk>, Writable, ObjectWritable<C>>;

namespace internal {

// How much a chunk counts against the mark: a value 1, a text its UTF-16 units as in Node.
template <class C>
constexpr std::size_t length_of(const C&) noexcept {
  return 1;
}
inline std::size_t length_of(const Chunk& chunk) noexcept {
  return chunk.encoding == Encoding::buffer ? chunk.size() : utf16_length(chunk.text());
}

}  // namespace internal
}  // namespace weir
