// Handles the signals that end a command: INT, TERM, HUP and QUIT. A log is reopened by HUP.
//
// The first signal calls back, so that the command can clean up. After it, each signal has its
// default action and kills. The command ends by the signal after its cleanup, because a shell stops
// its script only for a program that died of Ctrl-C.
#pragma once

#include <weir/weir.h>

#include <array>
#include <chrono>
#include <csignal>
#include <span>
#include <utility>
#include <vector>

namespace tool {

// The time that destroyed streams have to close. A stream whose open, read or write of a FIFO waits
// for a peer never closes.
inline constexpr std::chrono::milliseconds kClosingTime(100);

inline constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
inline constexpr std::array kSignalsOfLogs{SIGINT, SIGTERM, SIGQUIT};

class Interrupt {
 public:
  using Interrupted = weir::Function<void(int signal)>;

  // A signal that was ignored at the start stays ignored.
  // CALLS BACK: `interrupted` once, on the loop.
  Interrupt(weir::Loop& loop, Interrupted interrupted)
      : Interrupt(loop, kSignals, std::move(interrupted)) {}
  Interrupt(weir::Loop& loop, std::span<const int> signals, Interrupted interrupted);
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

 private:
  Interrupted interrupted_;
  std::vector<weir::Signal> watched_;
};

// Ends the process by the default action of the signal. REQUIRES: its Interrupt has called back.
[[noreturn]] void end_by(int signal);

// Stops the loop's run after this time, if it has not ended.
void stop_within(weir::Loop& loop, std::chrono::milliseconds time);

}  // namespace tool
