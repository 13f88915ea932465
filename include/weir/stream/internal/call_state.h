// weir/stream/internal/call_state.h - CallState: the call of a source's read or of a sink's write.
//
//   state     the function         its answer      on
//   idle      is not called                        call()    -> calling
//   calling   is on the stack      is awaited      answer()  -> answered,  leave() -> waiting
//   answered  is on the stack      has come        call()    -> calling,   leave() -> idle
//   waiting   has returned         is awaited      answer()  -> idle
//
// The answer of read is a push; that of write is its Done.
#pragma once

#include <cstdint>

namespace weir::internal {

class CallState {
 public:
  constexpr bool is_idle() const noexcept { return state_ == kIdle; }
  constexpr bool is_calling() const noexcept { return state_ == kCalling; }
  constexpr bool is_on_stack() const noexcept { return (state_ & kOnStack) != 0; }
  constexpr bool awaits_answer() const noexcept { return (state_ & kAwaitsAnswer) != 0; }

  constexpr void call() noexcept { state_ = kCalling; }
  constexpr void answer() noexcept { state_ &= kOnStack; }
  constexpr void leave() noexcept { state_ &= kAwaitsAnswer; }
  // Another function of the resource is on the stack, until leave().
  constexpr void enter() noexcept { state_ |= kOnStack; }

 private:
  static constexpr std::uint8_t kOnStack = 1;
  static constexpr std::uint8_t kAwaitsAnswer = 2;
  static constexpr std::uint8_t kIdle = 0;
  static constexpr std::uint8_t kCalling = kOnStack | kAwaitsAnswer;

  std::uint8_t state_ = kIdle;
};

}  // namespace weir::internal
