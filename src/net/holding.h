// How much a socket may hold of what counts as sent already, and for how long.
//
// No more than the system says that it would take at once, which is trusted in steps, as TCP trusts
// the network.
//
//   state      it may hold                          on
//   trusting   twice what was taken at once         the system takes less than it said   -> wary
//   wary       nothing, then a little more each time that the system takes so much
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace weir::net {

class Holding {
 public:
  using Clock = std::chrono::steady_clock;

  // Something is to be held, and the system says that it has room.
  void begin(std::size_t room, Clock::time_point now) noexcept {
    room_ = std::min(room, most_);
    since_ = now;
  }
  // Whether that may become so many bytes, now.
  bool allows(std::size_t size, Clock::time_point now) const noexcept {
    return size <= room_ && now - since_ <= kLongest;
  }

  // The system has taken so many bytes, and there were no more.
  void on_taken(std::size_t size) noexcept {
    if (size < most_) return;
    most_ = std::min(state_ == State::trusting ? 2 * size : most_ + kLittle, kMost);
  }
  // It has not taken all that was held.
  void on_refused() noexcept {
    state_ = State::wary;
    most_ = 0;
  }

 private:
  enum class State : std::uint8_t { trusting, wary };

  static constexpr std::size_t kFirst = std::size_t{64} << 10;
  static constexpr std::size_t kLittle = std::size_t{16} << 10;
  // With fewer calls than for this nothing would be saved any more.
  static constexpr std::size_t kMost = std::size_t{512} << 10;
  // The peer does not wait longer for the sake of what takes long to come.
  static constexpr std::chrono::microseconds kLongest{200};

  State state_ = State::trusting;
  std::size_t most_ = kFirst;
  std::size_t room_ = 0;
  Clock::time_point since_;
};

}  // namespace weir::net
