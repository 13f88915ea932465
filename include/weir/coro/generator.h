// weir/coro/generator.h - Generator<T>: a coroutine that yields values one by one, and may wait.
//
//   weir::Generator<Row> rows(weir::Readable& input) {
//     auto lines = weir::co::lines(input);
//     while (auto line = co_await lines.next()) co_yield parse(*line);
//   }
//   ...
//   auto all = rows(*input);
//   while (auto row = co_await all.next()) use(*row);
//
// It runs only inside next(), up to its next co_yield. Its exception leaves next(), which returns
// no value afterwards. A Generator that is destroyed ends at its co_yield or co_await.
#pragma once

#include <weir/base/assert.h>
#include <weir/coro/task.h>

#include <concepts>
#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace weir {

template <class T>
class [[nodiscard]] Generator {
  static_assert(std::movable<T>, "a Generator yields values: use a pointer for a reference");

 public:
  class promise_type final : public internal::CoroutinePromise {
   public:
    Generator get_return_object() noexcept { return Generator(Handle::from_promise(*this)); }
    internal::FinishHandoff final_suspend() const noexcept { return {}; }
    void unhandled_exception() noexcept { exception_ = std::current_exception(); }
    void return_void() noexcept {}

    internal::FinishHandoff yield_value(T&& value) noexcept {
      moved_ = std::addressof(value);
      return {};
    }
    internal::FinishHandoff yield_value(const T& value)
      requires std::copyable<T>
    {
      copied_.emplace(value);
      return {};
    }

    std::optional<T> take() {
      if (exception_) std::rethrow_exception(std::exchange(exception_, nullptr));
      if (T* const moved = std::exchange(moved_, nullptr)) return std::move(*moved);
      return std::exchange(copied_, std::nullopt);
    }

   private:
    std::exception_ptr exception_;
    T* moved_ = nullptr;  // lives until the coroutine is resumed
    std::optional<T> copied_;
  };

  Generator(Generator&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
  Generator& operator=(Generator other) noexcept {
    std::swap(coroutine_, other.coroutine_);
    return *this;
  }
  ~Generator() {
    if (coroutine_) coroutine_.destroy();
  }

  // Awaits the next value; no value after the last one.
  // REQUIRES: one next() at a time, and the Generator lives until it is over.
  [[nodiscard]] auto next() noexcept {
    WEIR_REQUIRE(coroutine_);
    return Awaiter(coroutine_);
  }

 private:
  using Handle = std::coroutine_handle<promise_type>;

  class Awaiter {
   public:
    explicit Awaiter(Handle coroutine) noexcept : coroutine_(coroutine) {}

    bool await_ready() const noexcept { return coroutine_.done(); }
    template <class P>
    bool await_suspend(std::coroutine_handle<P> waiting) {
      return starter_.start(coroutine_, waiting);
    }
    std::optional<T> await_resume() { return coroutine_.promise().take(); }

   private:
    Handle coroutine_;
    internal::Starter starter_;
  };

  explicit Generator(Handle coroutine) noexcept : coroutine_(coroutine) {}

  Handle coroutine_;
};

}  // namespace weir
