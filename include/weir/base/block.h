// weir/base/block.h - uninitialised memory that is filled and then becomes a Buffer.
//
//   Block block(64 * 1024);
//   const auto count = read(fd, block.bytes().data(), block.bytes().size());
//   Buffer buffer = std::move(block).take(count);
//
// A Block is one allocation, aligned for the kernel's fast copies.
#pragma once

#include <weir/base/buffer.h>
#include <weir/base/ref.h>

#include <cstddef>
#include <span>

namespace weir {

class Block {
 public:
  explicit Block(std::size_t size);

  std::span<std::byte> bytes() noexcept { return bytes_; }

  // The first `size` bytes as a Buffer. The caller writes to none of them afterwards.
  // REQUIRES: size <= bytes().size().
  Buffer take(std::size_t size) &&;

  Block(Block&&) noexcept = default;
  Block& operator=(Block&&) noexcept = default;
  ~Block() = default;

 private:
  Ref<RefCounted> memory_;
  std::span<std::byte> bytes_;
};

}  // namespace weir
