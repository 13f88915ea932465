// The signals that ask a command to end: INT, TERM, HUP and QUIT.
//
// The first one is a callback, so that the command can clean up; from then on each has its default
// action again, and kills. A command that has cleaned up ends by the signal as well: a shell stops
// its script only for a program that has died of Ctrl-C.
#pragma once

#include <weir/weir.h>

#include <chrono>
#include <vector>

namespace tool {

// The time for destroyed streams to close; one whose open, read or write of a FIFO waits for a peer
// never does.
inline constexpr std::chrono::milliseconds kClosingTime(100);

class Interrupt {
 public:
  using Interrupted = weir::Function<void(int signal)>;

  // A signal that the process was started to ignore stays ignored.
  // CALLS BACK: `interrupted` once, on the loop.
  Interrupt(weir::Loop& loop, Interrupted interrupted);
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

 private:
  Interrupted interrupted_;
  std::vector<weir::Signal> watched_;
};

// Ends the process by the default action of the signal. REQUIRES: its Interrupt has called back.
[[noreturn]] void end_by(int signal);

// Stops the loop's run at that time, if it has not run out by then.
void stop_within(weir::Loop& loop, std::chrono::milliseconds time);

}  // namespace tool
