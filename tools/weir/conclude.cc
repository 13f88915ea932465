#include "weir/conclude.h"

#include "weir/interrupt.h"
#include "weir/memory.h"
#include "weir/say.h"
#include "weir/summary.h"

#include <cerrno>
#include <string>
#include <system_error>

#include <fmt/format.h>

namespace tool {
namespace {

int report(const weir::Error& error, std::uint64_t bytes_before) {
  complain(error.what());
  if (bytes_before > 0)
    complain(fmt::format("{} bytes were written before the error", bytes_before));
  return kFailed;
}

void tell_interrupted(const LineOptions& options, const Outcome& outcome) {
  const std::string place = options.to_stdout() ? "standard output" : options.file;
  const std::uint64_t written = outcome.figures.bytes;
  switch (outcome.rest) {
    case Outcome::Rest::none:
      return complain(
          fmt::format("interrupted: {} bytes accepted, all written to {}", written, place));
    case Outcome::Rest::unwritten:
      return complain(fmt::format("interrupted: {} bytes accepted, {} written to {}",
                                  outcome.bytes_accepted, written, place));
    case Outcome::Rest::with_the_system:
      return complain(fmt::format("interrupted: {} bytes accepted, at least {} written to {}",
                                  outcome.bytes_accepted, written, place));
  }
}

int print_summary(const LineOptions& options, const Outcome& outcome, const Result& result) {
  const Summary summary{.lines = result.lines,
                        .figures = outcome.figures,
                        .memory_peak = peak_memory(),
                        .verified = result.verified,
                        .interrupted = outcome.signal != 0};
  const bool printed = say(options.to_stdout() ? stderr : stdout,
                           options.json ? to_json(summary) : to_text(summary));
  if (printed) return kDone;
  if (errno == EPIPE) return kBrokenPipe;
  return report(weir::Error::system(errno, "write", "standard output"), 0);
}

int say_outcome(const LineOptions& options, const Outcome& outcome, const Result& result) {
  if (outcome.error) {
    // `weir lines 1000 - | head -1` has succeeded.
    const bool unread = options.to_stdout() && outcome.error.code() == std::errc::broken_pipe;
    return unread ? kBrokenPipe : report(outcome.error, outcome.figures.bytes);
  }
  if (outcome.signal != 0) tell_interrupted(options, outcome);
  return print_summary(options, outcome, result);
}

}  // namespace

int conclude(const LineOptions& options, const Outcome& outcome, const Result& result) {
  const int status = say_outcome(options, outcome, result);
  if (outcome.signal != 0) end_by(outcome.signal);
  return status;
}

}  // namespace tool
