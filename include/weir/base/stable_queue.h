// weir/base/stable_queue.h - a first-in first-out queue whose elements never move.
//
// A tick runs in the queue's memory, even if it queues other ticks. Moving it out first would cost
// as much as the call. Elements are in linked blocks; an empty block is kept for reuse.
#pragma once

#include <weir/base/assert.h>
#include <weir/base/owned.h>

#include <cstddef>
#include <memory>
#include <utility>

namespace weir {

template <class T>
class StableQueue {
 public:
  StableQueue() = default;
  StableQueue(const StableQueue&) = delete;
  StableQueue& operator=(const StableQueue&) = delete;
  ~StableQueue() { clear(); }

  bool empty() const noexcept { return head_ == tail_ && first_.get() == last_; }

  template <class... Args>
  T& emplace_back(Args&&... args) {
    if (!last_ || tail_ == kBlockSize) [[unlikely]]
      add_block();
    T* element = std::construct_at(last_->at(tail_), std::forward<Args>(args)...);
    ++tail_;
    return *element;
  }

  T& front() noexcept {
    WEIR_ASSERT(!empty());
    return *first_->at(head_);
  }

  void pop_front() noexcept {
    std::destroy_at(&front());
    ++head_;
    if (first_.get() == last_) {
      if (head_ == tail_) head_ = tail_ = 0;
    } else if (head_ == kBlockSize) {
      drop_block();
    }
  }

  void clear() noexcept {
    while (!empty()) pop_front();
  }

 private:
  static constexpr std::size_t kBlockSize = 32;

  struct Block {
    T* at(std::size_t index) noexcept { return reinterpret_cast<T*>(room) + index; }

    Owned<Block> next;
    alignas(T) std::byte room[kBlockSize * sizeof(T)];
  };

  void add_block() {
    Owned<Block> block = spare_ ? std::move(spare_) : make_owned<Block>();
    Block* added = block.get();
    (last_ ? last_->next : first_) = std::move(block);
    last_ = added;
    tail_ = 0;
  }
  void drop_block() noexcept {
    spare_ = std::move(first_);
    first_ = std::move(spare_->next);
    head_ = 0;
  }

  Owned<Block> first_;
  Block* last_ = nullptr;
  Owned<Block> spare_;
  std::size_t head_ = 0;  // in the first block
  std::size_t tail_ = 0;  // in the last one
};

}  // namespace weir
