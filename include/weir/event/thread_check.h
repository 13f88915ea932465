// weir/event/thread_check.h - notices calls on another thread than the loop's.
//
//   void Timer::clear() {
//     WEIR_CHECK_THREAD(ticks_, "clear", "a Timer");   // aborts with a sentence that names both
//
// In builds with assertions (without NDEBUG) every entry of a stream, a loop, a timer and an
// emitter checks; other builds have no trace of it. What other threads may call says so:
// Loop::post, and the end of a KeepAlive.
#pragma once

#include <string_view>

namespace weir::internal {

// "weir: write() on WriteStream '/tmp/x' was called on another thread than its loop's: ..."
[[noreturn]] void wrong_thread(std::string_view call, std::string_view object) noexcept;

// Warns that the call did nothing, on stderr, as the Loop that would warn is gone.
void report_outlived(std::string_view call, std::string_view object) noexcept;

}  // namespace weir::internal

#ifdef NDEBUG
#define WEIR_CHECK_THREAD(ticks, call, object) static_cast<void>(0)
#else
// `object` is its name, and evaluated only where the check fails.
#define WEIR_CHECK_THREAD(ticks, call, object) \
  ((ticks).may_be_used() ? void() : ::weir::internal::wrong_thread(call, object))
#endif
