// weir/loop/stepped_clock.h - SteppedClock: a Loop's time, set by a test.
//
//   weir::Loop loop;
//   weir::SteppedClock clock(loop);                            // the Loop's time stands still
//   loop.set_timeout(2min, [] { fmt::print("two minutes\n"); });
//   clock.pass(119s);
//   clock.pass(1s);                                            // prints
//
// Timers follow the stepped time, and so do the timeouts of sockets, servers, requests and agents
// on the Loop: their tests need not wait. Data travels in real time, so turn the loop (Loop::poll)
// until the data that the test needs has arrived, before you step the time. These use the system's
// own time: keep-alive probes of connections, Date headers, and calls that block the thread.
//
// run() does not return while it waits for a timer that is not due: time does not pass inside
// run().
// Node counterpart: mock.timers of node:test.
#pragma once

#include <weir/base/durations.h>
#include <weir/loop/loop.h>

namespace weir {

class SteppedClock {
 public:
  // Stops the Loop's time, for good: it moves only by pass(), also once this is destroyed.
  explicit SteppedClock(Loop& loop);
  SteppedClock(const SteppedClock&) = delete;
  SteppedClock& operator=(const SteppedClock&) = delete;

  // Advances the Loop's time. Each timer that becomes due fires at its own time, in order, and the
  // loop turns once (Loop::poll) for each such time and once at the end. REQUIRES: not called from
  // a callback of the Loop. ERRORS: rethrows the exception of a callback; the time then stays at
  // the timer that threw. Node counterpart: mock.timers.tick.
  void pass(std::chrono::nanoseconds time);

  // Advances the Loop's time like a long computation: timers that become due fire in the loop's
  // next turn. May be called from a callback of the Loop.
  void skip(std::chrono::nanoseconds time);

  std::chrono::steady_clock::time_point now() const noexcept;

 private:
  Loop& loop_;
};

}  // namespace weir
