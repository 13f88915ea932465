// weir/event/thread_check.h - detects calls on another thread than the loop's.
//
//   void Timer::clear() {
//     WEIR_CHECK_THREAD(ticks_, "clear", "a Timer");   // aborts with a message that names both
//
// Every function of a stream, a loop, a timer and an emitter checks its thread in builds with
// assertions (without NDEBUG). Other builds have no check. Functions that other threads may call
// document it: Loop::post, and the destructor of a KeepAlive.
#pragma once

#include <string_view>

namespace weir::internal {

// "weir: write() on WriteStream '/tmp/x' was called on another thread than its loop's: ..."
[[noreturn]] void wrong_thread(std::string_view call, std::string_view object) noexcept;

// Prints a warning on stderr that the call did nothing. The Loop that would emit the warning is
// gone.
void report_outlived(std::string_view call, std::string_view object) noexcept;

}  // namespace weir::internal

#ifdef NDEBUG
#define WEIR_CHECK_THREAD(ticks, call, object) static_cast<void>(0)
#else
// `object` is the object's name. It is evaluated only if the check fails.
#define WEIR_CHECK_THREAD(ticks, call, object) \
  ((ticks).may_be_used() ? void() : ::weir::internal::wrong_thread(call, object))
#endif
