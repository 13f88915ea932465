#include "loop/timer.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace weir::internal {
namespace {

// In milliseconds: longer than any process lives.
constexpr std::uint64_t kNever = std::uint64_t{1} << 50;

std::uint64_t clamped(std::chrono::milliseconds delay, TickQueue& ticks) {
  constexpr auto kLongest = std::numeric_limits<std::int32_t>::max();
  if (delay.count() > kLongest)
    ticks.warn(
        {"TimeoutOverflowWarning", fmt::format("{} does not fit into a 32-bit signed integer.\n"
                                               "Timeout duration was set to 1.",
                                               delay.count())});
  const bool fits = delay.count() >= 1 && delay.count() <= kLongest;
  return fits ? static_cast<std::uint64_t>(delay.count()) : 1;
}

}  // namespace

UvTimer::~UvTimer() = default;

void UvTimer::start(std::chrono::milliseconds delay, Repeat repeat) {
  if (core_.closing()) return;
  delay_ = clamped(delay, core_.ticks());
  repeat_ = repeat;
  auto memory = std::make_unique<uv_timer_t>();
  uv_timer_init(core_.uv(), memory.get());  // cannot fail
  handle_.reset(memory.release());
  handle_->data = this;
  core_.add_timer(this);  // may throw, so it comes before the timer counts as started
  core_.update_time();
  arm(core_.timer_now());
  active_ = Ref<UvTimer>(this);
  core_.work_changed();
}

void UvTimer::arm(std::uint64_t from) noexcept {
  due_ = from + delay_;
  number_ = core_.next_timer_number();
  if (core_.clock().is_stepped()) return start_handle(kNever);
  const std::uint64_t now = uv_now(core_.uv());
  // Never 0: after a long call, its interval would fire again before all other callbacks.
  start_handle(due_ > now ? due_ - now : 1);
}

void UvTimer::follow(std::uint64_t now) noexcept { start_handle(due_ <= now ? 0 : kNever); }

void UvTimer::start_handle(std::uint64_t delay) noexcept {
  uv_timer_start(
      handle_.get(), [](uv_timer_t* handle) { static_cast<UvTimer*>(handle->data)->fire(); }, delay,
      0);
}

void UvTimer::fire() {
  const Pin alive(*this);
  core_.enter([this] {
    Loop::Call call = std::move(call_);  // may clear this timer, or drop its last Ref
    if (repeat_ == Repeat::no) {
      clear();
      return call();
    }
    core_.timer_now();
    // As in Node, even after an exception of the call; after timers with the same delay that it
    // set.
    struct Again {
      UvTimer& timer;
      Loop::Call& call;
      ~Again() {
        if (!timer.active_) return;
        timer.call_ = std::move(call);
        timer.arm(timer.core_.timers_from());
      }
    } again{*this, call};
    call();
  });
}

void UvTimer::clear() noexcept {
  if (!active_) return;
  check_thread("clear");
  core_.timer_stopped(this);
  handle_.reset();
  core_.work_changed();
  const Ref<UvTimer> last = std::exchange(active_, nullptr);
  const Loop::Call dropped = std::move(call_);  // before `last`: its captures may own the timer
}

UvTimer& UvTimer::ref() noexcept {
  if (!handle_) return *this;
  check_thread("ref");
  uv_ref(base(handle_));
  core_.work_changed();
  return *this;
}

UvTimer& UvTimer::unref() noexcept {
  if (!handle_) return *this;
  check_thread("unref");
  uv_unref(base(handle_));
  core_.work_changed();
  return *this;
}

#ifdef NDEBUG
inline void UvTimer::check_thread(const char*) const noexcept {}
#else
void UvTimer::check_thread(const char* call) const noexcept {
  WEIR_CHECK_THREAD(core_.ticks(), call, "a Timer");
}
#endif

bool UvTimer::has_ref() const noexcept { return handle_ && uv_has_ref(base(handle_)); }

}  // namespace weir::internal
