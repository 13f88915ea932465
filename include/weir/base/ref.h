// weir/base/ref.h - Ref<T>: shared ownership with the count inside the object.
//
//   Ref<Widget> widget = make_ref<Widget>(1, 2);
//   Pin alive(*this);        // keeps the object alive while listeners may drop its last Ref
//
// The count is not atomic: an object and all its Refs belong to one thread. The count of a
// SharedRefCounted is atomic, and each thread may have Refs of its own.
#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <utility>

namespace weir {

template <class T>
class Ref;

// Base class of counted objects. An object starts with a count of one, which make_ref's Ref takes
// over. So the constructor may create and destroy Refs to it.
class RefCounted {
 public:
  RefCounted(const RefCounted&) = delete;
  RefCounted& operator=(const RefCounted&) = delete;

 protected:
  RefCounted() = default;
  virtual ~RefCounted() = default;

  // Called when the last Ref is destroyed. An override may take a new Ref to defer the release; it
  // is called again when that Ref is destroyed.
  virtual void on_last_ref() noexcept { delete this; }

 private:
  template <class>
  friend class Ref;
  friend class Pin;

  void acquire() noexcept { ++refs_; }
  void release() noexcept {
    if (--refs_ == 0) on_last_ref();
  }

  std::size_t refs_ = 1;
};

// Base class of objects that several threads count. The object does not change while it is shared.
class SharedRefCounted {
 public:
  SharedRefCounted(const SharedRefCounted&) = delete;
  SharedRefCounted& operator=(const SharedRefCounted&) = delete;

 protected:
  SharedRefCounted() = default;
  virtual ~SharedRefCounted() = default;

 private:
  template <class>
  friend class Ref;

  void acquire() noexcept { refs_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (refs_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  std::atomic<std::size_t> refs_ = 1;
};

template <class T>
class Ref {
 public:
  Ref() noexcept = default;
  Ref(std::nullptr_t) noexcept {}  // NOLINT: as std::shared_ptr
  explicit Ref(T* object) noexcept : object_(object) { acquire(); }
  Ref(const Ref& other) noexcept : object_(other.object_) { acquire(); }
  Ref(Ref&& other) noexcept : object_(other.detach()) {}
  template <class U>
    requires std::convertible_to<U*, T*>
  Ref(Ref<U> other) noexcept : object_(other.detach()) {}  // NOLINT: as std::shared_ptr
  Ref& operator=(Ref other) noexcept {
    T* const old = object_;
    object_ = other.object_;
    other.object_ = old;  // released with `other`, once this Ref has its new object
    return *this;
  }
  ~Ref() {
    if (object_) counted(object_).release();
  }

  // Takes over a count that the caller holds.
  static Ref adopt(T* object) noexcept {
    Ref ref;
    ref.object_ = object;
    return ref;
  }

  T* get() const noexcept { return object_; }
  T* operator->() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }
  friend bool operator==(const Ref&, const Ref&) = default;
  friend bool operator==(const Ref& ref, std::nullptr_t) noexcept { return !ref.object_; }

  // True if this is the only Ref.
  bool unique() const noexcept { return use_count() == 1; }
  // The number of Refs and Pins, including this one.
  std::size_t use_count() const noexcept {
    if (!object_) return 0;
    return counted(object_).refs_;
  }

  // Gives up the count without releasing it.
  T* detach() noexcept {
    T* const object = object_;
    object_ = nullptr;
    return object;
  }

 private:
  static auto& counted(T* object) noexcept {
    // A Ref to const owns its object too, so the count is cast to non-const.
    if constexpr (std::derived_from<T, SharedRefCounted>)
      return const_cast<SharedRefCounted&>(static_cast<const SharedRefCounted&>(*object));
    else
      return const_cast<RefCounted&>(static_cast<const RefCounted&>(*object));
  }
  void acquire() noexcept {
    if (object_) counted(object_).acquire();
  }

  T* object_ = nullptr;
};

template <class T, class... Args>
Ref<T> make_ref(Args&&... args) {
  return Ref<T>::adopt(new T(std::forward<Args>(args)...));
}

// Keeps an object alive until the end of the scope.
class Pin {
 public:
  explicit Pin(RefCounted& object) noexcept : object_(object) { object_.acquire(); }
  Pin(const Pin&) = delete;
  Pin& operator=(const Pin&) = delete;
  ~Pin() { object_.release(); }

 private:
  RefCounted& object_;
};

}  // namespace weir
