// weir/base/owned.h - Owned<T>: the only owner of an object on the heap, for members in headers.
//
//   Owned<Implementation> implementation_ = make_owned<Implementation>(1, 2);
//
// A std::unique_ptr for this purpose, without the hundred templates that each std::unique_ptr costs
// every source that includes the header. T must be complete where it is destroyed.
#pragma once

#include <cstddef>
#include <utility>

namespace weir {

template <class T>
class Owned {
 public:
  Owned() noexcept = default;
  Owned(std::nullptr_t) noexcept {}  // NOLINT: as std::unique_ptr
  explicit Owned(T* object) noexcept : object_(object) {}
  Owned(Owned&& other) noexcept : object_(other.object_) { other.object_ = nullptr; }
  Owned& operator=(Owned other) noexcept {
    T* const old = object_;
    object_ = other.object_;
    other.object_ = old;  // destroyed with `other`, once this has its new object
    return *this;
  }
  ~Owned() {
    static_assert(sizeof(T) > 0, "T is not complete here");
    delete object_;
  }

  T* get() const noexcept { return object_; }
  T* operator->() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }

 private:
  T* object_ = nullptr;
};

template <class T, class... Args>
Owned<T> make_owned(Args&&... args) {
  return Owned<T>(new T(std::forward<Args>(args)...));
}

}  // namespace weir
