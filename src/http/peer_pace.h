// Detects slow clients: slow senders of requests, slow receivers of responses. Pure policies; the
// caller supplies the time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace weir::http {

using Clock = std::chrono::steady_clock;

//   stage   on                     becomes
//   head    the head is whole      body
//   body    the message is whole   none
//   any     a message begins       head
class RequestPace {
 public:
  struct Limits {
    std::chrono::milliseconds head;  // 0: none
    std::chrono::milliseconds request;
  };

  // A new connection without bytes counts as a slow head.
  explicit RequestPace(Clock::time_point now) noexcept : began_(now) {}

  void on_begin(Clock::time_point now) noexcept {
    stage_ = Stage::head;
    began_ = now;
  }
  void on_head() noexcept { stage_ = Stage::body; }
  void on_complete() noexcept { stage_ = Stage::none; }

  Clock::time_point began() const noexcept { return began_; }
  // No request is being received.
  bool is_idle() const noexcept { return stage_ == Stage::none; }
  bool is_slow(Clock::time_point now, const Limits& limits) const noexcept {
    if (is_idle()) return false;
    return (stage_ == Stage::head && has_passed(limits.head, now)) ||
           has_passed(limits.request, now);
  }

 private:
  enum class Stage : std::uint8_t { none, head, body };

  bool has_passed(std::chrono::milliseconds limit, Clock::time_point now) const noexcept {
    return limit.count() > 0 && now - began_ > limit;
  }

  Clock::time_point began_;
  Stage stage_ = Stage::head;
};

// REQUIRES: is_stalled is called periodically.
class WritePace {
 public:
  // Whether output has waited for at least `limit` without the client acknowledging a byte.
  bool is_stalled(Clock::time_point now, std::chrono::milliseconds limit, bool waits,
                  std::uint64_t acknowledged) noexcept {
    const bool moves = std::exchange(acknowledged_, acknowledged) != acknowledged;
    if (moves || !waits) {
      since_.reset();
      return false;
    }
    if (!since_) since_ = now;
    return now - *since_ >= limit;
  }

 private:
  std::optional<Clock::time_point> since_;
  std::uint64_t acknowledged_ = 0;
};

}  // namespace weir::http
