#include "weir/conclude.h"

#include "weir/memory.h"
#include "weir/say.h"
#include "weir/summary.h"

#include <cerrno>
#include <string>
#include <system_error>

#include <fmt/format.h>

namespace tool {
namespace {

int exit_status(const Outcome& outcome) {
  return outcome.signal == 0 ? kDone : kSignalled + outcome.signal;
}

int report(const weir::Error& error, std::uint64_t bytes_before) {
  complain(error.what());
  if (bytes_before > 0) complain(fmt::format("{} bytes were written before", bytes_before));
  return kFailed;
}

int print_summary(const Options& options, const Summary& summary) {
  const bool printed = say(options.to_stdout() ? stderr : stdout,
                           options.json ? to_json(summary) : to_text(summary));
  if (printed) return kDone;
  if (errno == EPIPE) return kBrokenPipe;
  return report(weir::Error::system(errno, "write", "standard output"), 0);
}

}  // namespace

int conclude(const Options& options, const Outcome& outcome, const Result& result) {
  if (outcome.error) {
    // `weir lines 1000 - | head -1` has done what was asked of it.
    const bool unread = options.to_stdout() && outcome.error.code() == std::errc::broken_pipe;
    if (!unread) return report(outcome.error, outcome.figures.bytes);
    return outcome.signal == 0 ? kBrokenPipe : exit_status(outcome);
  }
  if (outcome.signal != 0) {
    complain(fmt::format("interrupted: {} bytes accepted, all written to {}", outcome.figures.bytes,
                         options.to_stdout() ? "standard output" : options.file));
  }
  const int printed = print_summary(options, {.lines = result.lines,
                                              .figures = outcome.figures,
                                              .memory_peak = peak_memory(),
                                              .verified = result.verified,
                                              .interrupted = outcome.signal != 0});
  return printed == kDone ? exit_status(outcome) : printed;
}

}  // namespace tool
