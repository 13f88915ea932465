#include <weir/base/slab.h>

#include "base/block_memory.h"

#include <algorithm>
#include <utility>

namespace weir {
namespace {

constexpr std::size_t kLargestOfAll = std::size_t{1} << 30;

}  // namespace

Slab::Slab(std::size_t largest_block) noexcept
    : largest_size_(std::clamp(largest_block, kLargestCopy, kLargestOfAll)) {}
Slab::~Slab() = default;

Slab::Slab(Slab&& other) noexcept
    : block_(std::move(other.block_)),
      other_(std::move(other.other_)),
      begin_(std::exchange(other.begin_, nullptr)),
      cursor_(std::exchange(other.cursor_, nullptr)),
      end_(std::exchange(other.end_, nullptr)),
      resumed_end_(std::exchange(other.resumed_end_, nullptr)),
      next_size_(std::exchange(other.next_size_, kSmallestBlock)),
      reserved_(std::exchange(other.reserved_, 0)),
      largest_size_(other.largest_size_) {}

Slab& Slab::operator=(Slab&& other) noexcept {
  Slab taken(std::move(other));
  std::swap(block_, taken.block_);
  std::swap(other_, taken.other_);
  std::swap(begin_, taken.begin_);
  std::swap(cursor_, taken.cursor_);
  std::swap(end_, taken.end_);
  std::swap(resumed_end_, taken.resumed_end_);
  std::swap(next_size_, taken.next_size_);
  std::swap(reserved_, taken.reserved_);
  std::swap(largest_size_, taken.largest_size_);
  return *this;
}

Buffer Slab::take() noexcept {
  end_ = cursor_;
  resumed_end_ = nullptr;
  if (!has_appended()) return {};
  return Buffer(block_, std::span(std::exchange(begin_, cursor_), cursor_));
}

void Slab::give_back() noexcept {
  if (!block_ || has_appended() || reserved_ > 0) return;
  *this = Slab(largest_size_);
}

void Slab::unlimit() noexcept {
  if (has_appended() && reserved_ == 0) end_ = block_->bytes() + block_->size;
}

void Slab::open(std::size_t size) {
  WEIR_REQUIRE(takes(size));
  WEIR_ASSERT(!has_appended());
  begin_ += std::exchange(reserved_, 0);
  resumed_end_ = nullptr;
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
    std::size_t next = next_size_;
    while (next < size) next *= kGrowth;
    block_ = internal::BlockMemory::make(std::min(next, largest_size_));
    next_size_ = static_cast<std::uint32_t>(std::min(kGrowth * next, largest_size_));
  }
  begin_ = block_->bytes();
  end_ = begin_ + block_->size;
}

bool Slab::fits(std::size_t size) const noexcept {
  if (!block_ || reserved_ > 0) return false;
  const auto left = static_cast<std::size_t>(block_->bytes() + block_->size - cursor_);
  return size <= left;
}

Buffer Slab::reserve(std::size_t size) noexcept {
  WEIR_ASSERT(size > 0 && takes(size) && fits(size));
  reserved_ = static_cast<std::uint32_t>(size);
  resumed_end_ = std::exchange(end_, cursor_);
  return Buffer(block_, std::span(cursor_, size));
}

void Slab::commit(std::size_t size) noexcept {
  WEIR_ASSERT(size <= reserved_);
  const bool has_room = has_room_to_commit(size);
  reserved_ = 0;
  cursor_ += size;
  end_ = has_room ? resumed_end_ : cursor_;
  resumed_end_ = nullptr;
}

Buffer Slab::copy(std::span<const std::byte> bytes) {
  if (bytes.empty()) return {};
  open(bytes.size());
  append(bytes);
  return take();
}

}  // namespace weir
