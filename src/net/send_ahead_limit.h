// SendAheadLimit - how many bytes a socket may report as written before it sends them, and for how
// long.
//
// At most what the system says that it would take at once. That figure is trusted in steps, as TCP
// trusts the network.
//
//   state      the limit                            on
//   trusting   twice what was taken at once         the system takes less than it said   -> wary
//   wary       0, then a little more each time that the system takes so much
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace weir::net {

class SendAheadLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // The first bytes are about to be kept, and the system has so much room.
  void begin(std::size_t room, Time now) noexcept {
    room_ = std::min(room, most_);
    since_ = now;
  }
  // Whether they may become so many, now.
  bool allows(std::size_t size, Time now) const noexcept {
    return size <= room_ && now - since_ <= kLongest;
  }

  // The system has taken so many bytes, which were all.
  void on_taken(std::size_t size) noexcept {
    if (size < most_) return;
    most_ = std::min(state_ == State::trusting ? 2 * size : most_ + kLittle, kMost);
  }
  // The system has not taken all that was reported as written.
  void on_refused() noexcept {
    state_ = State::wary;
    most_ = 0;
  }

 private:
  enum class State : std::uint8_t { trusting, wary };

  static constexpr std::size_t kFirst = std::size_t{64} << 10;
  static constexpr std::size_t kLittle = std::size_t{16} << 10;
  // More bytes a call would save nothing.
  static constexpr std::size_t kMost = std::size_t{512} << 10;
  // The peer's latency while the program takes long to produce the next bytes.
  static constexpr std::chrono::microseconds kLongest{200};

  State state_ = State::trusting;
  std::size_t most_ = kFirst;
  std::size_t room_ = 0;
  Time since_;
};

}  // namespace weir::net
