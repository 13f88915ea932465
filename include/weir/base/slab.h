// weir/base/slab.h - where small chunks are copied to, one behind the other.
//
//   Slab slab;
//   Buffer line = slab.copy("Line 1\n");      // no allocation but for a block now and then
//   slab.extend(line, "Line 2\n");            // still one Buffer: the bytes lie side by side
//
// A Buffer of a slab keeps its block alive. Blocks start small and double, so that thousands of
// streams which each hold a little hold little; a block whose Buffers are gone is used again.
#pragma once

#include <weir/base/buffer.h>
#include <weir/base/ref.h>

#include <cstddef>
#include <span>
#include <string_view>

namespace weir {

class Slab {
 public:
  // Whether bytes of this size belong into a slab: larger ones get memory of their own, so that
  // a block is never pinned by what fills most of it.
  static constexpr bool takes(std::size_t size) noexcept { return size <= kLargestCopy; }

  // REQUIRES: takes(bytes.size()).
  Buffer copy(std::span<const std::byte> bytes);
  Buffer copy(std::string_view text) { return copy(std::as_bytes(std::span(text))); }

  // Lengthens `tail` by the bytes where they fit behind it in its block; false: nothing is done.
  bool extend(Buffer& tail, std::span<const std::byte> bytes);

  // Free memory of at least `size` bytes, to be written by the caller, who then calls commit or
  // extend_committed with what was used. REQUIRES: takes(size).
  std::span<char> reserve(std::size_t size);
  Buffer commit(std::size_t size);
  bool extend_committed(Buffer& tail, std::size_t size);

 private:
  static constexpr std::size_t kLargestCopy = 4096;
  static constexpr std::size_t kSmallestBlock = 1024;
  static constexpr std::size_t kLargestBlock = 64 * 1024;
  struct Block;

  bool ends_here(const Buffer& buffer) const noexcept;

  Ref<Block> block_;
  std::size_t used_ = 0;
  std::size_t next_block_ = kSmallestBlock;

 public:
  Slab() noexcept;
  Slab(Slab&&) noexcept;
  Slab& operator=(Slab&&) noexcept;
  ~Slab();
};

}  // namespace weir
