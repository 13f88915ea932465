// SendAheadLimit - how many bytes a socket may report as written before it sends them, and for how
// long.
//
// The limit is at most the free space that the system reports. It trusts that figure in steps, as
// TCP trusts the network.
//
//   state      limit                                 on
//   trusting   twice the bytes of a complete send    an incomplete send   -> wary
//   wary       0, then more with each complete send
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace weir::net {

class SendAheadLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Begins to hold bytes back, while the system has `room`.
  void begin(std::size_t room, Time now) noexcept {
    room_ = std::min(room, most_);
    since_ = now;
  }
  // Whether the socket may hold back `size` bytes now.
  bool allows(std::size_t size, Time now) const noexcept {
    return size <= room_ && now - since_ <= kLongest;
  }

  // The system has taken all `size` bytes.
  void on_taken(std::size_t size) noexcept {
    if (size < most_) return;
    most_ = std::min(state_ == State::trusting ? 2 * size : most_ + kLittle, kMost);
  }
  // The system has not taken all bytes that were reported as written.
  void on_refused() noexcept {
    state_ = State::wary;
    most_ = 0;
  }

 private:
  enum class State : std::uint8_t { trusting, wary };

  static constexpr std::size_t kFirst = std::size_t{64} << 10;
  static constexpr std::size_t kLittle = std::size_t{16} << 10;
  // Larger sends save no time.
  static constexpr std::size_t kMost = std::size_t{512} << 10;
  // The longest delay for the peer if the program is slow to produce the next bytes.
  static constexpr std::chrono::microseconds kLongest{200};

  State state_ = State::trusting;
  std::size_t most_ = kFirst;
  std::size_t room_ = 0;
  Time since_;
};

}  // namespace weir::net
