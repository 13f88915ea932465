// weir/base/function.h - a move-only callable that stores small captures without an allocation.
//
//   Function<void(int)> callback = [owner = std::move(owner)](int n) { owner->take(n); };
//   if (callback) callback(1);
//
// - Why not std::move_only_function: it stores two words. A tick or a write callback captures three
//   to eight words, and one allocation for each would cost more than the write.
// - Calling an empty Function is undefined; test `if (callback)` first. A Function made from an
//   empty std::function or a null pointer is empty.
// - A function of weir that requires a callback throws ERR_INVALID_ARG_TYPE for an empty one.
#pragma once

#include <weir/base/invoke.h>

#include <concepts>
#include <cstddef>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {

namespace internal {

// A callable type with an empty state: a pointer, a std::function, a Function.
template <class F>
concept MayBeEmpty = std::constructible_from<F, std::nullptr_t> &&
                     requires(const F& function) { static_cast<bool>(function); };

template <class F>
constexpr bool is_empty([[maybe_unused]] const F& function) noexcept {
  if constexpr (MayBeEmpty<F>)
    return !static_cast<bool>(function);
  else
    return false;
}

[[noreturn]] void throw_not_a_function(std::string_view name);

// ERRORS: throws ERR_INVALID_ARG_TYPE, with the argument's name, if `function` is empty.
template <class F>
void require_function(const F& function, std::string_view name) {
  if (is_empty(function)) [[unlikely]]
    throw_not_a_function(name);
}

}  // namespace internal

template <class Signature, std::size_t Room = 3 * sizeof(void*)>
class Function;

template <class Result, class... Args, std::size_t Room>
class Function<Result(Args...), Room> {
 public:
  Function() noexcept {}                // NOLINT: not = default, which would zero the room
  Function(std::nullptr_t) noexcept {}  // NOLINT: as std::function

  template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, Function> &&
             std::is_invocable_r_v<Result, std::decay_t<F>&, Args...>)
  Function(F&& target) {  // NOLINT: as std::function
    using Target = std::decay_t<F>;
    if (internal::is_empty(target)) return;
    if constexpr (fits<Target>) {
      ::new (static_cast<void*>(room_)) Target(std::forward<F>(target));
      operations_ = &kInPlace<Target>;
    } else {
      ::new (static_cast<void*>(room_)) Target*(new Target(std::forward<F>(target)));
      operations_ = &kOnHeap<Target>;
    }
  }

  Function(Function&& other) noexcept { take(other); }
  Function& operator=(Function&& other) noexcept {
    if (this != &other) {
      // Destroy the old target last, from a local variable: it may own `other`, and its destructor
      // may use this Function.
      const Function old(std::move(*this));
      take(other);
    }
    return *this;
  }
  Function& operator=(std::nullptr_t) noexcept {
    const Function old(std::move(*this));
    return *this;
  }
  ~Function() {
    const Operations* const operations = operations_;
    operations_ = nullptr;
    if (operations) operations->destroy(room_);
  }

  explicit operator bool() const noexcept { return operations_ != nullptr; }
  Result operator()(Args... args) { return operations_->call(room_, std::forward<Args>(args)...); }

 private:
  struct Operations {
    Result (*call)(std::byte* room, Args&&... args);
    void (*relocate)(std::byte* from, std::byte* to) noexcept;  // leaves `from` destroyed
    void (*destroy)(std::byte* room) noexcept;
  };

  template <class Target>
  static constexpr bool fits = sizeof(Target) <= Room && alignof(Target) <= alignof(void*) &&
                               std::is_nothrow_move_constructible_v<Target>;

  template <class Target>
  static Target& at(std::byte* room) noexcept {
    return *std::launder(reinterpret_cast<Target*>(room));
  }

  template <class Target>
  static Result call_target(Target& target, Args&&... args) {
    if constexpr (std::is_void_v<Result>)
      internal::invoke(target, std::forward<Args>(args)...);
    else
      return internal::invoke(target, std::forward<Args>(args)...);
  }

  template <class Target>
  static constexpr Operations kInPlace{
      [](std::byte* room, Args&&... args) -> Result {
        return call_target(at<Target>(room), std::forward<Args>(args)...);
      },
      [](std::byte* from, std::byte* to) noexcept {
        ::new (static_cast<void*>(to)) Target(std::move(at<Target>(from)));
        std::destroy_at(&at<Target>(from));
      },
      [](std::byte* room) noexcept { std::destroy_at(&at<Target>(room)); }};

  template <class Target>
  static constexpr Operations kOnHeap{[](std::byte* room, Args&&... args) -> Result {
                                        return call_target(*at<Target*>(room),
                                                           std::forward<Args>(args)...);
                                      },
                                      [](std::byte* from, std::byte* to) noexcept {
                                        ::new (static_cast<void*>(to)) Target*(at<Target*>(from));
                                      },
                                      [](std::byte* room) noexcept { delete at<Target*>(room); }};

  void take(Function& other) noexcept {  // REQUIRES: this is empty
    operations_ = other.operations_;
    other.operations_ = nullptr;
    if (operations_) operations_->relocate(other.room_, room_);
  }

  const Operations* operations_ = nullptr;
  alignas(void*) std::byte room_[Room];
};

// A callable whose copies share one target: for options, which are copied. It calls the target as a
// const object, and may be empty, like a Function.
template <class Signature>
class SharedFunction;

template <class Result, class... Args>
class SharedFunction<Result(Args...)> {
  using Target = Function<Result(Args...)>;

 public:
  SharedFunction() noexcept = default;
  SharedFunction(std::nullptr_t) noexcept {}  // NOLINT: as std::function
  template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, SharedFunction> &&
             std::constructible_from<Target, F>)
  SharedFunction(F&& target) {  // NOLINT: as std::function
    if (Target made(std::forward<F>(target)); made)
      target_ = std::make_shared<Target>(std::move(made));
  }

  explicit operator bool() const noexcept { return target_ != nullptr; }
  Result operator()(Args... args) const { return (*target_)(std::forward<Args>(args)...); }

 private:
  std::shared_ptr<Target> target_;
};

}  // namespace weir
