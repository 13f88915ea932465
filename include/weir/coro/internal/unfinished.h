// weir/coro/internal/unfinished.h - Unfinished<S>: a stream that is destroyed with its scope,
// unless it is released.
#pragma once

#include <weir/base/error.h>
#include <weir/base/ref.h>

#include <utility>

namespace weir::internal {

template <class S>
class Unfinished {
 public:
  explicit Unfinished(Ref<S> stream) noexcept : stream_(std::move(stream)) {}
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  ~Unfinished() {
    if (!stream_) return;
    stream_->template on<Error>([] {});  // that it was destroyed early is no news
    stream_->destroy();
  }

  S& operator*() const noexcept { return *stream_; }
  S* operator->() const noexcept { return stream_.get(); }
  Ref<S> release() noexcept { return std::move(stream_); }

 private:
  Ref<S> stream_;
};

}  // namespace weir::internal
