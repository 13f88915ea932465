// weir/base/slab.h - where small chunks are copied to, one behind the other.
//
//   Slab slab;
//   slab.open(64);
//   slab.append("Line 1\n");
//   slab.append("Line 2\n");              // behind it: no allocation, no bookkeeping
//   Buffer lines = slab.take();           // both, as one Buffer
//
// A Buffer of a slab keeps its block alive. Blocks start small and grow fourfold, so that thousands
// of streams which each hold a little hold little; a block whose Buffers are gone is used again.
#pragma once

#include <weir/base/assert.h>
#include <weir/base/buffer.h>
#include <weir/base/ref.h>

#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

namespace weir {

namespace internal {
struct BlockMemory;
}

class Slab {
 public:
  // `largest_block`: up to where blocks grow; twice that many bytes are kept for reuse.
  explicit Slab(std::size_t largest_block = kUsualLargestBlock) noexcept;

  // Whether bytes of this size belong into a slab: larger ones get memory of their own, so that
  // a block is never pinned by what fills most of it.
  static constexpr bool takes(std::size_t size) noexcept { return size <= kLargestCopy; }

  // Copies the bytes behind what was appended before; false where they do not fit: nothing is done.
  bool append(std::span<const std::byte> bytes) noexcept {
    if (room() < bytes.size()) [[unlikely]]
      return false;
    if (!bytes.empty()) std::memcpy(cursor_, bytes.data(), bytes.size());
    cursor_ += bytes.size();
    return true;
  }
  bool append(std::string_view text) noexcept { return append(internal::bytes_of(text)); }

  // How many bytes can be appended, and where: whoever writes there itself says how many it used.
  std::size_t room() const noexcept { return static_cast<std::size_t>(end_ - cursor_); }
  char* cursor() const noexcept { return reinterpret_cast<char*>(cursor_); }
  void advance(std::size_t size) noexcept {
    WEIR_ASSERT(size <= room());
    cursor_ += size;
  }

  // Takes room away but for `size` bytes, or gives it back up to the end of the block.
  void limit(std::size_t size) noexcept {
    if (size < room()) end_ = cursor_ + size;
  }
  void unlimit() noexcept;

  bool has_appended() const noexcept { return cursor_ != begin_; }
  // How many bytes take() would return.
  std::size_t size() const noexcept { return static_cast<std::size_t>(cursor_ - begin_); }
  // All that was appended since the last time; no room is left until open.
  Buffer take() noexcept;

  // Makes room for `size` bytes at least. REQUIRES: takes(size), !has_appended().
  void open(std::size_t size);

  // Lets go of large blocks that are kept for reuse; the next ones start small. Nothing is done
  // where something is appended.
  void give_back() noexcept;

  // open, append and take in one. REQUIRES: takes(bytes.size()), !has_appended().
  Buffer copy(std::span<const std::byte> bytes);
  Buffer copy(std::string_view text) { return copy(internal::bytes_of(text)); }

 private:
  static constexpr std::size_t kLargestCopy = 4096;
  static constexpr std::size_t kSmallestBlock = 1024;
  static constexpr std::size_t kGrowth = 4;
  static constexpr std::size_t kUsualLargestBlock = 64 * 1024;

  void next_block(std::size_t size);

  Ref<internal::BlockMemory> block_;
  Ref<internal::BlockMemory> other_;  // of the largest size as well: in turn with the first
  // In the block: what is not taken, and the room behind it.
  std::byte* begin_ = nullptr;
  std::byte* cursor_ = nullptr;
  std::byte* end_ = nullptr;
  std::size_t next_size_ = kSmallestBlock;
  std::size_t largest_size_;

 public:
  Slab(Slab&&) noexcept;
  Slab& operator=(Slab&&) noexcept;
  ~Slab();
};

}  // namespace weir
