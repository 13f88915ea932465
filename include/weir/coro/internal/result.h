// weir/coro/internal/result.h - Result<T>: the value or the exception that a coroutine ends with.
#pragma once

#include <exception>
#include <type_traits>
#include <utility>
#include <variant>

namespace weir::internal {

template <class T>
class Result {
 public:
  template <class U>
  void set(U&& value) {
    outcome_.template emplace<1>(std::forward<U>(value));
  }
  void fail(std::exception_ptr exception) noexcept {
    outcome_.template emplace<2>(std::move(exception));
  }

  bool is_set() const noexcept { return outcome_.index() != 0; }
  std::exception_ptr exception() const noexcept {
    const std::exception_ptr* const failed = std::get_if<2>(&outcome_);
    return failed ? *failed : nullptr;
  }
  // ERRORS: throws the exception. REQUIRES: is_set.
  T take() {
    if (std::exception_ptr* const failed = std::get_if<2>(&outcome_))
      std::rethrow_exception(std::move(*failed));
    return std::move(std::get<1>(outcome_));
  }

 private:
  std::variant<std::monostate, T, std::exception_ptr> outcome_;
};

template <class T>
class Result<T&> {
 public:
  void set(T& value) noexcept { outcome_.template emplace<1>(&value); }
  void fail(std::exception_ptr exception) noexcept {
    outcome_.template emplace<2>(std::move(exception));
  }

  bool is_set() const noexcept { return outcome_.index() != 0; }
  std::exception_ptr exception() const noexcept {
    const std::exception_ptr* const failed = std::get_if<2>(&outcome_);
    return failed ? *failed : nullptr;
  }
  T& take() {
    if (std::exception_ptr* const failed = std::get_if<2>(&outcome_))
      std::rethrow_exception(std::move(*failed));
    return *std::get<1>(outcome_);
  }

 private:
  std::variant<std::monostate, T*, std::exception_ptr> outcome_;
};

template <>
class Result<void> {
 public:
  void set() noexcept { is_set_ = true; }
  void fail(std::exception_ptr exception) noexcept {
    is_set_ = true;
    exception_ = std::move(exception);
  }

  bool is_set() const noexcept { return is_set_; }
  std::exception_ptr exception() const noexcept { return exception_; }
  void take() {
    if (exception_) std::rethrow_exception(std::exchange(exception_, nullptr));
  }

 private:
  bool is_set_ = false;
  std::exception_ptr exception_;
};

}  // namespace weir::internal
