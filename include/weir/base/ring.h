// weir/base/ring.h - a first-in first-out queue in one growing block of memory.
//
// A Ring pushes at the back and pops at the front. Its block has a power of two as its size,
// doubles when it is full, and is allocated at the first push.
#pragma once

#include <weir/base/assert.h>

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace weir {

template <class T>
class Ring {
  static_assert(std::is_nothrow_move_constructible_v<T>);

 public:
  Ring() = default;
  Ring(Ring&& other) noexcept
      : slots_(std::exchange(other.slots_, nullptr)),
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
  ~Ring() {
    clear();
    if (slots_) std::allocator<T>().deallocate(slots_, capacity_);
  }

  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }

  T& operator[](std::size_t index) noexcept { return slots_[at(index)]; }
  const T& operator[](std::size_t index) const noexcept { return slots_[at(index)]; }
  T& front() noexcept { return (*this)[0]; }
  T& back() noexcept { return (*this)[size_ - 1]; }

  void push_back(T value) { emplace_back(std::move(value)); }

  // An argument may refer to an element of this Ring.
  template <class... Args>
  void emplace_back(Args&&... args) {
    if (size_ == capacity_) [[unlikely]]
      return emplace_in_larger(std::forward<Args>(args)...);
    std::construct_at(slots_ + at(size_), std::forward<Args>(args)...);
    ++size_;
  }

  // Inserts before all other elements. REQUIRES: the value is not in this Ring.
  void push_front(T value) {
    if (size_ == capacity_) grow();
    const std::size_t front = at(capacity_ - 1);
    std::construct_at(slots_ + front, std::move(value));
    head_ = front;
    ++size_;
  }

  T pop_front() noexcept {
    WEIR_ASSERT(size_ > 0);
    T& slot = slots_[head_];
    T value = std::move(slot);
    std::destroy_at(&slot);
    head_ = at(1);
    --size_;
    return value;
  }

  void drop_front() noexcept {
    WEIR_ASSERT(size_ > 0);
    std::destroy_at(slots_ + head_);
    head_ = at(1);
    --size_;
  }

  // Removes all elements and keeps the block.
  void clear() noexcept {
    while (!empty()) drop_front();
  }

 private:
  static constexpr std::size_t kFirstCapacity = 2;

  std::size_t at(std::size_t index) const noexcept { return (head_ + index) & (capacity_ - 1); }

  template <class... Args>
  void emplace_in_larger(Args&&... args) {
    const std::size_t capacity = larger_capacity();
    T* const slots = std::allocator<T>().allocate(capacity);
    // Construct the new element first: its argument may be an element that moves below.
    std::construct_at(slots + size_, std::forward<Args>(args)...);
    move_to(slots, capacity);
    ++size_;
  }
  void grow() {
    const std::size_t capacity = larger_capacity();
    move_to(std::allocator<T>().allocate(capacity), capacity);
  }

  std::size_t larger_capacity() const noexcept {
    return capacity_ ? 2 * capacity_ : kFirstCapacity;
  }
  void move_to(T* slots, std::size_t capacity) noexcept {
    for (std::size_t i = 0; i < size_; ++i) {
      T& slot = (*this)[i];
      std::construct_at(slots + i, std::move(slot));
      std::destroy_at(&slot);
    }
    if (slots_) std::allocator<T>().deallocate(slots_, capacity_);
    slots_ = slots;
    capacity_ = capacity;
    head_ = 0;
  }

  T* slots_ = nullptr;
  std::size_t capacity_ = 0;
  std::size_t head_ = 0;
  std::size_t size_ = 0;
};

}  // namespace weir
