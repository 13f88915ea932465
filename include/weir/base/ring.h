// weir/base/ring.h - a growing first-in first-out queue in one block of memory.
//
// Node keeps its queues in arrays with an index; this is the same without the splicing: push at
// the back, pop at the front, a power-of-two block that doubles when it is full and is never
// allocated before the first push.
#pragma once

#include <weir/base/assert.h>

#include <cstddef>
#include <memory>
#include <utility>

namespace weir {

template <class T>
class Ring {
 public:
  Ring() = default;
  Ring(Ring&& other) noexcept
      : slots_(std::move(other.slots_)),
        capacity_(std::exchange(other.capacity_, 0)),
        head_(std::exchange(other.head_, 0)),
        size_(std::exchange(other.size_, 0)) {}
  Ring& operator=(Ring&& other) noexcept {
    Ring taken(std::move(other));
    std::swap(slots_, taken.slots_);
    std::swap(capacity_, taken.capacity_);
    std::swap(head_, taken.head_);
    std::swap(size_, taken.size_);
    return *this;
  }

  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }

  T& operator[](std::size_t index) noexcept { return slots_[at(index)]; }
  const T& operator[](std::size_t index) const noexcept { return slots_[at(index)]; }
  T& front() noexcept { return (*this)[0]; }
  T& back() noexcept { return (*this)[size_ - 1]; }

  void push_back(T value) {
    if (size_ == capacity_) [[unlikely]]
      grow();
    slots_[at(size_)] = std::move(value);
    ++size_;
  }

  T pop_front() {
    WEIR_ASSERT(size_ > 0);
    T value = std::exchange(slots_[head_], T{});
    head_ = at(1);
    --size_;
    return value;
  }

  // Empties the queue; the block is kept for what comes next.
  void clear() {
    while (!empty()) pop_front();
  }

 private:
  static constexpr std::size_t kFirstCapacity = 8;

  std::size_t at(std::size_t index) const noexcept { return (head_ + index) & (capacity_ - 1); }

  void grow() {
    const std::size_t capacity = capacity_ ? 2 * capacity_ : kFirstCapacity;
    auto slots = std::make_unique<T[]>(capacity);
    for (std::size_t i = 0; i < size_; ++i) slots[i] = std::move((*this)[i]);
    slots_ = std::move(slots);
    capacity_ = capacity;
    head_ = 0;
  }

  std::unique_ptr<T[]> slots_;
  std::size_t capacity_ = 0;
  std::size_t head_ = 0;
  std::size_t size_ = 0;
};

}  // namespace weir
