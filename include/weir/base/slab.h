// weir/base/slab.h - a buffer that copies small chunks into shared blocks of memory.
//
//   Slab slab;
//   slab.open(64);
//   slab.append("Line 1\n");
//   slab.append("Line 2\n");              // after the first: no allocation
//   Buffer lines = slab.take();           // both lines as one Buffer
//
// A Buffer of a slab keeps its block alive. Blocks start small and grow fourfold, so that thousands
// of nearly idle streams use little memory. A block without Buffers is reused.
#pragma once

#include <weir/base/assert.h>
#include <weir/base/buffer.h>
#include <weir/base/ref.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace weir {

namespace internal {
struct BlockMemory;
}

class Slab {
 public:
  // `largest_block`: the size at which blocks stop growing. Twice that size is kept for reuse.
  explicit Slab(std::size_t largest_block = kUsualLargestBlock) noexcept;

  // True if the slab accepts `size` bytes. A larger chunk gets its own memory, so that it does not
  // pin a shared block.
  static constexpr bool takes(std::size_t size) noexcept { return size <= kLargestCopy; }

  // Appends a copy of the bytes. Returns false, and changes nothing, if they do not fit.
  bool append(std::span<const std::byte> bytes) noexcept {
    if (room() < bytes.size()) [[unlikely]]
      return false;
    if (!bytes.empty()) std::memcpy(cursor_, bytes.data(), bytes.size());
    cursor_ += bytes.size();
    return true;
  }
  bool append(std::string_view text) noexcept { return append(internal::bytes_of(text)); }

  // The number of bytes that can be appended, and the address; code that writes there itself
  // reports the number of bytes it used.
  std::size_t room() const noexcept { return static_cast<std::size_t>(end_ - cursor_); }
  char* cursor() const noexcept { return reinterpret_cast<char*>(cursor_); }
  void advance(std::size_t size) noexcept {
    WEIR_ASSERT(size <= room());
    cursor_ += size;
  }

  // Limits the room to `size` bytes, at most to the end of the block.
  void limit(std::size_t size) noexcept {
    if (size < room()) end_ = cursor_ + size;
    resumed_end_ = nullptr;
  }
  void unlimit() noexcept;

  bool has_appended() const noexcept { return cursor_ != begin_; }
  // The number of bytes that take() would return.
  std::size_t size() const noexcept { return static_cast<std::size_t>(cursor_ - begin_); }
  // All bytes appended since the last take. There is no room until the next open.
  Buffer take() noexcept;

  // Makes room for at least `size` bytes. REQUIRES: takes(size), !has_appended().
  void open(std::size_t size);

  // Frees the large blocks that are kept for reuse; later blocks start small. Does nothing if bytes
  // have been appended.
  void give_back() noexcept;

  // True if `size` bytes fit after the appended ones, whatever the limit.
  bool fits(std::size_t size) const noexcept;
  // Memory for `size` bytes after the appended ones. Until commit there is no room; code that opens
  // the slab before that separates the memory, which is then the Buffer's alone.
  // REQUIRES: fits(size), size > 0.
  Buffer reserve(std::size_t size) noexcept;
  // True if the memory of `reserved` follows the appended bytes.
  bool has_reserved(const Buffer& reserved) const noexcept {
    return reserved_ > 0 && reserved.data() == cursor_;
  }
  // Appends the first `size` bytes of the reserved memory. There is no room until unlimit or open,
  // unless there is room for these bytes: then the rest of it.
  // REQUIRES: has_reserved of a Buffer with at least `size` bytes.
  void commit(std::size_t size) noexcept;
  // True if `size` bytes of the reserved memory are in the room that there was before reserve, and
  // neither limit nor take was called since.
  bool has_room_to_commit(std::size_t size) const noexcept {
    return resumed_end_ && static_cast<std::size_t>(resumed_end_ - cursor_) >= size;
  }

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
  Ref<internal::BlockMemory> other_;  // a second block of the largest size; both are used in turn
  // Positions in the block: the bytes not taken, and the room after them.
  std::byte* begin_ = nullptr;
  std::byte* cursor_ = nullptr;
  std::byte* end_ = nullptr;
  std::byte* resumed_end_ = nullptr;  // while memory is reserved: `end_` before that, or null
  std::uint32_t next_size_ = kSmallestBlock;
  std::uint32_t reserved_ = 0;  // the bytes after the cursor that a Buffer of reserve() has
  std::size_t largest_size_;

 public:
  Slab(Slab&&) noexcept;
  Slab& operator=(Slab&&) noexcept;
  ~Slab();
};

}  // namespace weir
