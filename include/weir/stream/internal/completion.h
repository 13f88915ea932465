// weir/stream/internal/completion.h - Completion: the callbacks of the writes of one batch.
#pragma once

#include <weir/base/callback.h>

#include <memory>
#include <utility>
#include <vector>

namespace weir::internal {

// Keeps the callbacks in the order of the writes. One callback, the usual case, needs no
// allocation.
class Completion {
 public:
  Completion() = default;
  explicit Completion(Callback callback) noexcept : first_(std::move(callback)) {}

  explicit operator bool() const noexcept { return static_cast<bool>(first_); }

  // REQUIRES: callback is not empty.
  void add(Callback callback) {
    if (!first_) {
      first_ = std::move(callback);
      return;
    }
    if (!more_) more_ = std::make_unique<std::vector<Callback>>();
    more_->push_back(std::move(callback));
  }

  // Calls each once.
  // ERRORS: throws the exception of a callback; the callbacks after it are dropped.
  void operator()(const Error& error) {
    if (first_) first_(error);
    if (more_) [[unlikely]]
      call_more(error);
  }

 private:
  [[gnu::noinline]] void call_more(const Error& error) {
    for (Callback& callback : *more_) Callback(std::move(callback))(error);
  }

  Callback first_;
  std::unique_ptr<std::vector<Callback>> more_;
};

}  // namespace weir::internal
