#include <weir/base/slab.h>

#include "base/block_memory.h"

#include <algorithm>
#include <utility>

namespace weir {
Slab::Slab(std::size_t largest_block) noexcept
    : largest_size_(std::max(largest_block, kLargestCopy)) {}
Slab::~Slab() = default;

Slab::Slab(Slab&& other) noexcept
    : block_(std::move(other.block_)),
      other_(std::move(other.other_)),
      begin_(std::exchange(other.begin_, nullptr)),
      cursor_(std::exchange(other.cursor_, nullptr)),
      end_(std::exchange(other.end_, nullptr)),
      next_size_(std::exchange(other.next_size_, kSmallestBlock)),
      largest_size_(other.largest_size_) {}

Slab& Slab::operator=(Slab&& other) noexcept {
  Slab taken(std::move(other));
  std::swap(block_, taken.block_);
  std::swap(other_, taken.other_);
  std::swap(begin_, taken.begin_);
  std::swap(cursor_, taken.cursor_);
  std::swap(end_, taken.end_);
  std::swap(next_size_, taken.next_size_);
  std::swap(largest_size_, taken.largest_size_);
  return *this;
}

Buffer Slab::take() noexcept {
  end_ = cursor_;
  if (!has_appended()) return {};
  return Buffer(block_, std::span(std::exchange(begin_, cursor_), cursor_));
}

void Slab::give_back() noexcept {
  if (!block_ || has_appended() || block_->size == kSmallestBlock) return;
  *this = Slab(largest_size_);
}

void Slab::unlimit() noexcept {
  if (has_appended()) end_ = block_->bytes() + block_->size;
}

void Slab::open(std::size_t size) {
  WEIR_REQUIRE(takes(size));
  WEIR_ASSERT(!has_appended());
  if (block_) {
    if (block_.unique()) begin_ = block_->bytes();  // no Buffer uses it any more
    end_ = block_->bytes() + block_->size;
  }
  if (static_cast<std::size_t>(end_ - begin_) < size) next_block(size);
  cursor_ = begin_;
}

void Slab::next_block(std::size_t size) {
  if (block_ && block_->size == largest_size_) std::swap(block_, other_);
  if (!block_ || !block_.unique() || block_->size < size) {
    while (next_size_ < size) next_size_ *= kGrowth;
    block_ = internal::BlockMemory::make(std::min(next_size_, largest_size_));
    next_size_ = std::min(kGrowth * next_size_, largest_size_);
  }
  begin_ = block_->bytes();
  end_ = begin_ + block_->size;
}

Buffer Slab::copy(std::span<const std::byte> bytes) {
  if (bytes.empty()) return {};
  open(bytes.size());
  append(bytes);
  return take();
}

}  // namespace weir
