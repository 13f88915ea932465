// weir/loop/stepped_clock.h - SteppedClock: a Loop's time, moved on by a test.
//
//   weir::Loop loop;
//   weir::SteppedClock clock(loop);                            // the Loop's time stands still
//   loop.set_timeout(2min, [] { fmt::print("two minutes\n"); });
//   clock.pass(119s);
//   clock.pass(1s);                                            // prints
//
// Timers follow it, and so do the timeouts of sockets, servers, requests and agents on the Loop: a
// test of them need not wait. Bytes travel as always, so turn the loop (Loop::poll) until what the
// test needs is there before time passes. The system's own time goes on: probes of connections kept
// alive, Date headers, and calls that keep the thread waiting.
//
// run() does not return while it waits for a timer that is not due: no time passes inside run().
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

  // Moves the Loop's time on. Each timer that comes due fires at its own time, in order, and the
  // loop turns once (Loop::poll) for each such time and once at the end.
  // REQUIRES: not called from a callback of the Loop. ERRORS: throws what those callbacks throw;
  // time stands still then at the timer that threw. Node counterpart: mock.timers.tick.
  void pass(std::chrono::nanoseconds time);

  // Moves the Loop's time on as a long computation does: what comes due fires when the loop turns
  // next. May be called from a callback of the Loop.
  void skip(std::chrono::nanoseconds time);

  std::chrono::steady_clock::time_point now() const noexcept;

 private:
  Loop& loop_;
};

}  // namespace weir
