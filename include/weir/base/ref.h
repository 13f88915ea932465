// weir/base/ref.h - shared ownership: Ref<T> counts inside the object.
//
//   Ref<Widget> widget = make_ref<Widget>(1, 2);
//   Pin alive(*this);        // at an entry from below: a listener may drop the last Ref to us
//
// Counting is not atomic: an object and all its Refs belong to one thread at a time. Where the
// object is SharedRefCounted it is, and each thread may have Refs of its own.
#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <utility>

namespace weir {

template <class T>
class Ref;

// Base of what Refs count. An object is born with one count, which make_ref's Ref takes over: so
// its constructor may hand out Refs and have them dropped again.
class RefCounted {
 public:
  RefCounted(const RefCounted&) = delete;
  RefCounted& operator=(const RefCounted&) = delete;

 protected:
  RefCounted() = default;
  virtual ~RefCounted() = default;

  // Called when the last Ref is gone. An override may take a new Ref and so live on, to release
  // what cannot be released at once; it is called again when that one is gone.
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

// Base of what Refs of several threads count. The object does not change once they share it.
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

  // Takes over a count that the caller has.
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

  // True where no other Ref counts the same object.
  bool unique() const noexcept { return use_count() == 1; }
  // How many Refs and Pins count the object, this one included.
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
    // A Ref owns its object whatever the T it sees it through; constness is the view's.
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

// Keeps an object alive for a scope.
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
