#include <weir/base/slab.h>

#include <weir/base/assert.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace weir {

struct Slab::Block final : RefCounted {
  explicit Block(std::size_t block_size)
      : size(block_size), bytes(std::make_unique_for_overwrite<std::byte[]>(block_size)) {}
  std::size_t size;
  std::unique_ptr<std::byte[]> bytes;
};

Slab::Slab() noexcept = default;
Slab::Slab(Slab&&) noexcept = default;
Slab& Slab::operator=(Slab&&) noexcept = default;
Slab::~Slab() = default;

std::span<char> Slab::reserve(std::size_t size) {
  WEIR_REQUIRE(takes(size));
  if (block_.unique()) used_ = 0;  // nobody reads it any more
  if (!block_ || block_->size - used_ < size) {
    while (next_block_ < size) next_block_ *= 2;
    block_ = make_ref<Block>(next_block_);
    next_block_ = std::min(2 * next_block_, kLargestBlock);
    used_ = 0;
  }
  return {reinterpret_cast<char*>(block_->bytes.get()) + used_, block_->size - used_};
}

Buffer Slab::commit(std::size_t size) {
  if (size == 0) return {};
  const std::byte* begin = block_->bytes.get() + used_;
  used_ += size;
  return Buffer(block_, std::span(begin, size));
}

bool Slab::extend_committed(Buffer& tail, std::size_t size) {
  if (!ends_here(tail)) return false;
  used_ += size;
  tail.bytes_ = std::span(tail.bytes_.data(), tail.bytes_.size() + size);
  return true;
}

Buffer Slab::copy(std::span<const std::byte> bytes) {
  if (bytes.empty()) return {};
  std::memcpy(reserve(bytes.size()).data(), bytes.data(), bytes.size());
  return commit(bytes.size());
}

bool Slab::extend(Buffer& tail, std::span<const std::byte> bytes) {
  if (!ends_here(tail) || block_->size - used_ < bytes.size()) return false;
  if (!bytes.empty()) std::memcpy(block_->bytes.get() + used_, bytes.data(), bytes.size());
  return extend_committed(tail, bytes.size());
}

bool Slab::ends_here(const Buffer& buffer) const noexcept {
  return block_ && buffer.owner_.get() == block_.get() &&
         buffer.data() + buffer.size() == block_->bytes.get() + used_;
}

}  // namespace weir
