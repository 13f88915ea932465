#include "loop/timer.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <utility>

namespace weir::internal {
namespace {

std::uint64_t clamped(std::chrono::milliseconds delay) noexcept {
  const auto count = delay.count();
  const bool fits = count >= 1 && count <= std::numeric_limits<std::int32_t>::max();
  return fits ? static_cast<std::uint64_t>(count) : 1;
}

}  // namespace

UvTimer::~UvTimer() = default;

void UvTimer::start(std::chrono::milliseconds delay, Repeat repeat) {
  auto memory = std::make_unique<uv_timer_t>();
  uv_timer_init(core_.uv(), memory.get());  // cannot fail
  handle_.reset(memory.release());
  handle_->data = this;
  core_.update_time();
  uv_timer_start(
      handle_.get(), [](uv_timer_t* handle) { static_cast<UvTimer*>(handle->data)->fire(); },
      clamped(delay), repeat == Repeat::yes ? clamped(delay) : 0);
  active_ = Ref<UvTimer>(this);
  core_.timer_started(this);
}

void UvTimer::fire() {
  const Pin alive(*this);
  core_.enter([this] {
    if (uv_timer_get_repeat(handle_.get()) != 0) return call_();
    // Over before it is called: the call may clear it, or drop its last Ref.
    Loop::Call call = std::move(call_);
    clear();
    call();
  });
}

void UvTimer::clear() noexcept {
  if (!active_) return;
  core_.timer_stopped(this);
  handle_.reset();
  const Ref<UvTimer> last = std::exchange(active_, nullptr);
}

void UvTimer::ref() noexcept {
  if (handle_) uv_ref(base(handle_));
}

void UvTimer::unref() noexcept {
  if (handle_) uv_unref(base(handle_));
}

bool UvTimer::has_ref() const noexcept { return handle_ && uv_has_ref(base(handle_)); }

}  // namespace weir::internal
