// Pauses a connection's reading while at least one reason holds.
#pragma once

#include <weir/net/connection.h>

#include <cstdint>
#include <utility>

namespace weir::http {

class ReadingGate {
 public:
  enum class Reason : std::uint8_t {
    body,      // the buffer of the message being received is full
    output,    // responses fill the connection's buffer, or their own while they wait
    requests,  // the limit of unanswered requests is reached
  };

  void hold(Reason reason, bool holds = true) noexcept {
    const unsigned bit = 1u << static_cast<unsigned>(reason);
    reasons_ = holds ? reasons_ | bit : reasons_ & ~bit;
  }
  void release(Reason reason) noexcept { hold(reason, false); }

  // CALLS BACK: Pause or Resume of the connection, on a change.
  void apply(net::Connection& connection) {
    const Flow flow = reasons_ == 0 ? Flow::on : Flow::paused;
    if (std::exchange(flow_, flow) == flow) return;
    if (flow == Flow::paused)
      connection.pause();
    else
      connection.resume();
  }

 private:
  enum class Flow : std::uint8_t { on, paused };

  unsigned reasons_ = 0;
  Flow flow_ = Flow::on;
};

}  // namespace weir::http
