// How a command ends: what it says last, and its exit status.
#pragma once

#include "weir/options.h"
#include "weir/transfer.h"

#include <csignal>
#include <cstdint>
#include <optional>

namespace tool {

enum ExitStatus : int {
  kDone = 0,
  kFailed = 1,
  kUsage = 2,
  kSignalled = 128,  // and the signal's number, as shells count
  kBrokenPipe = kSignalled + SIGPIPE,
};

// What a command knows besides the outcome.
struct Result {
  std::optional<std::uint64_t> lines = {};  // written, where it writes lines
  bool verified = false;
};

// Prints the error or the summary; returns the exit status. Where a signal has ended the transfer,
// it ends the process as well.
int conclude(const Options& options, const Outcome& outcome, const Result& result);

}  // namespace tool
