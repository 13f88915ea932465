// Ends a command: prints its last messages and returns its exit status.
#pragma once

#include "weir/line_options.h"
#include "weir/transfer.h"

#include <csignal>
#include <cstdint>
#include <optional>

namespace tool {

enum ExitStatus : int {
  kDone = 0,
  kFailed = 1,
  kUsage = 2,
  kSignalled = 128,  // plus the signal's number, as in shells
  kBrokenPipe = kSignalled + SIGPIPE,
};

// The results of a command, besides the outcome of its transfer.
struct Result {
  std::optional<std::uint64_t> lines = {};  // written lines, if the command writes lines
  bool verified = false;
};

// Prints the error or the summary, and returns the exit status. After a signal, ends the process.
int conclude(const LineOptions& options, const Outcome& outcome, const Result& result);

}  // namespace tool
