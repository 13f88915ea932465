#include "weir/copy.h"

#include "weir/conclude.h"
#include "weir/copy_report.h"
#include "weir/copying.h"
#include "weir/interrupt.h"
#include "weir/memory.h"
#include "weir/progress.h"
#include "weir/say.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tool {
namespace {

bool is_same_file(const std::string& a, const std::string& b) {
  std::error_code unknown;
  return std::filesystem::equivalent(a, b, unknown) && !unknown;
}

// What cannot be looked at is none: the open says why.
bool is_folder(const std::string& path) {
  std::error_code unknown;
  return std::filesystem::is_directory(path, unknown);
}

// `cp FILE FOLDER` is `cp FILE FOLDER/FILE`.
void resolve_folder(CopyOptions& options) {
  Endpoint& destination = options.destinations.front();
  if (!destination.is_file() || !is_folder(destination.path)) return;
  if (options.sources.size() != 1 || !options.sources.front().is_file())
    throw weir::Error::system(EISDIR, "open", destination.path);
  const auto name = std::filesystem::path(options.sources.front().path).filename();
  destination = file_endpoint((std::filesystem::path(destination.path) / name).string());
}

// What would be cut short before it is read.
void refuse_same_file(const CopyOptions& options) {
  if (!options.in_place) return;
  std::error_code unknown;
  for (const Endpoint& source : options.sources)
    for (const Endpoint& destination : options.destinations)
      if (source.is_file() && destination.is_file() &&
          is_same_file(source.path, destination.path) &&
          std::filesystem::is_regular_file(source.path, unknown))
        throw weir::Error(
            fmt::format("'{}' and '{}' are the same file", source.name, destination.name));
}

int say_summary(const CopyOptions& options, const CopyFigures& figures) {
  const auto memory = peak_memory();
  const std::string text = options.json ? to_json(figures, memory) : to_text(figures, memory);
  if (say(options.to_stdout() ? stderr : stdout, text)) return kDone;
  if (errno == EPIPE) return kBrokenPipe;
  complain(weir::Error::system(errno, "write", "standard output").what());
  return kFailed;
}

std::string_view interruption(const CopyOptions& options, const Copying& copying) {
  if (copying.is_in_place()) return "interrupted: the copy is in place";
  return options.replaces() ? "interrupted: nothing was replaced" : "interrupted";
}

bool shows_progress(const CopyOptions& options) {
  const bool shows_data = options.to_stdout() && ::isatty(STDOUT_FILENO) != 0;
  return !options.json && !shows_data && ::isatty(STDERR_FILENO) != 0;
}

}  // namespace

bool CopyOptions::to_stdout() const noexcept {
  return std::ranges::any_of(destinations, &Endpoint::is_standard);
}

bool CopyOptions::replaces() const noexcept {
  return !in_place && std::ranges::all_of(destinations, &Endpoint::is_file);
}

int copy(CopyOptions options) {
  resolve_folder(options);
  refuse_same_file(options);
  weir::Loop loop;
  Copying copying(loop, options);
  int signal = 0;
  {
    const Interrupt interrupted(loop, [&](int number) {
      signal = number;
      copying.fail(weir::Errc::aborted);
    });
    std::optional<Progress> progress;
    if (shows_progress(options))
      progress.emplace(loop, [&] { return progress_line(copying.figures()); });
    copying.start();
    loop.run();
    copying.on_loop_ended();
    loop.poll();  // a signal that has come since
    if (!copying.error()) {
      copying.commit();
      copying.acknowledge();
      loop.run();
      loop.poll();
    }
  }
  if (signal != 0) {
    copying.drop_destinations();
    complain(interruption(options, copying));
    end_by(signal);
  }
  if (const weir::Error& error = copying.error()) {
    const bool is_stuck = loop.poll();
    copying.drop_destinations();
    if (!copying.is_unread()) complain(error.what());
    // `weir cp FILE - | head -1` has done what was asked of it.
    const int status = copying.is_unread() ? kBrokenPipe : kFailed;
    if (is_stuck) std::_Exit(status);  // the end of the Loop would wait as well
    return status;
  }
  return say_summary(options, copying.figures());
}

}  // namespace tool
