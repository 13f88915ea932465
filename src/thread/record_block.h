// The memory of records: filled by threads under the queue's lock, then read by the stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <utility>

namespace weir::internal {

class RecordBlock {
 public:
  RecordBlock() noexcept = default;
  explicit RecordBlock(std::size_t size)
      : bytes_(static_cast<std::byte*>(::operator new(size, kAlignment))), size_(size) {}
  RecordBlock(RecordBlock&& other) noexcept
      : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
  RecordBlock& operator=(RecordBlock other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~RecordBlock() = default;

  std::byte* begin() const noexcept { return bytes_.get(); }
  std::size_t size() const noexcept { return size_; }

 private:
  static constexpr std::align_val_t kAlignment{64};  // for the kernel's fast copies
  struct Free {
    void operator()(std::byte* bytes) const noexcept { ::operator delete(bytes, kAlignment); }
  };

  std::unique_ptr<std::byte, Free> bytes_;
  std::size_t size_ = 0;
};

// A block that accepts no more records.
struct RecordBatch {
  RecordBlock block;
  std::size_t size = 0;  // of its records, in bytes
  std::uint64_t records = 0;

  std::span<const std::byte> bytes() const noexcept { return {block.begin(), size}; }
};

}  // namespace weir::internal
