// weir/testing/stepped_loop.h - SteppedLoop: a Loop whose time passes only when the test says so.
//
//   weir::test::SteppedLoop loop;
//   auto socket = weir::net::Socket::make(loop, {...});
//   socket->set_timeout(60s, [] { fmt::print("timed out\n"); });
//   loop.pass(59s);           // nothing
//   loop.pass(1s);            // timed out
//   loop.run_all();           // until no work is left, whatever time that takes
//
// Simulated files and connections take their time by timers of the loop, so a test with them needs
// no real time at all. Data of real files and sockets travels in real time; see stepped_clock.h.
#pragma once

#include <weir/base/durations.h>
#include <weir/loop/loop.h>
#include <weir/loop/stepped_clock.h>

#include <cstddef>

namespace weir::test {

class SteppedLoop : public Loop {
 public:
  SteppedLoop();

  // Runs what is ready, without letting time pass, until nothing more is.
  // ERRORS: as run_all.
  void run_ready();

  // Lets time pass, and runs all that becomes due in it, in order, with all that follows from it
  // without time: the timers of that begin at its own time. A callback that calls skip() may make
  // it longer. ERRORS: as run_all.
  void pass(std::chrono::nanoseconds time);
  // Advances the time like a computation that blocks the thread; see SteppedClock::skip.
  void skip(std::chrono::nanoseconds time) { clock_.skip(time); }

  // Runs what is ready, or, if nothing is, lets the time until the next timer pass. Returns false
  // if no work is left. If only work outside of the process is left, for example a real file's, it
  // does not wait for it.
  // ERRORS: rethrows the exception of a callback, and an Error without a listener; see
  // Loop::on_uncaught.
  bool turn();
  // Turns until no work is left, or `most` times. Returns true if no work is left: false shows code
  // that never comes to rest.
  // ERRORS: as turn.
  bool run_all(std::size_t most = 1'000'000);

  // The time of this loop: since its construction, and absolute.
  std::chrono::milliseconds age() const noexcept;
  std::chrono::steady_clock::time_point now() const noexcept { return clock_.now(); }

 private:
  SteppedClock clock_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace weir::test
