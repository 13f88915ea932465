// weir/stream/internal/completion.h - Completion: the callbacks of the writes of one batch.
#pragma once

#include <weir/base/callback.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace weir::internal {

// Keeps the callbacks in the order of the writes. One callback, the usual case, needs no
// allocation.
class Completion {
 public:
  // In Node, an idle sink gets a write alone, and the writes of the same tick follow it. A sink
  // that merges gets all of them as one batch, whose callbacks behave as if the first write, the
  // lead, had been alone.
  enum class Lead : std::uint8_t {
    none,        // Node makes one batch of them as well
    first,       // the first callback is the lead's
    has_no_call  // the lead has no callback
  };

  Completion() = default;
  explicit Completion(Callback callback) noexcept : first_(std::move(callback)) {}
  explicit Completion(Lead lead) noexcept : lead_(lead) {}

  explicit operator bool() const noexcept { return static_cast<bool>(first_); }
  bool is_led() const noexcept { return lead_ != Lead::none; }
  void join() noexcept { lead_ = Lead::none; }
  // Leaves this empty.
  Completion take() noexcept {
    Completion taken(std::move(*this));
    join();
    return taken;
  }

  // REQUIRES: callback is not empty, and none has been called.
  void add(Callback&& callback) {
    if (!first_) {
      first_ = std::move(callback);
      return;
    }
    if (!more_) more_ = std::make_unique<std::vector<Callback>>();
    more_->push_back(std::move(callback));
  }
  // Adds those of a later batch.
  void add(Completion&& later) {
    if (later.first_) add(std::move(later.first_));
    if (later.more_)
      for (Callback& callback : *later.more_) add(std::move(callback));
  }

  // Calls each once.
  // ERRORS: throws the exception of a callback; those after it are left.
  void operator()(const Error& error) {
    call_first(error);
    call_rest(error);
  }
  // As above, for a failed batch: `error` is the lead's, and `rest` that of the writes after it.
  void fail(const Error& error, const Error& rest) {
    call_first(lead_ == Lead::has_no_call ? rest : error);
    call_rest(is_led() ? rest : error);
  }
  // The two halves of operator().
  void call_first(const Error& error) {
    if (first_) first_(error);
  }
  void call_rest(const Error& error) {
    if (more_) [[unlikely]]
      call_more(error);
  }
  // After an exception: those that are left to be called. Leaves this empty.
  Completion left() noexcept {
    Completion left(is_led() ? Lead::has_no_call : Lead::none);
    if (more_ && !more_->empty()) {
      left.first_ = std::move(more_->front());
      more_->erase(more_->begin());
      left.more_ = std::move(more_);
    }
    first_ = nullptr;
    return left;
  }

 private:
  [[gnu::noinline]] void call_more(const Error& error) {
    auto next = more_->begin();
    try {
      while (next != more_->end()) Callback(std::move(*next++))(error);
    } catch (...) {
      more_->erase(more_->begin(), next);
      throw;
    }
    more_.reset();
  }

  Callback first_;
  std::unique_ptr<std::vector<Callback>> more_;
  Lead lead_ = Lead::none;
};

}  // namespace weir::internal
