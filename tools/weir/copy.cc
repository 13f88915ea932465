#include "weir/copy.h"

#include "weir/conclude.h"
#include "weir/copy_report.h"
#include "weir/copying.h"
#include "weir/inspection.h"
#include "weir/interrupt.h"
#include "weir/memory.h"
#include "weir/nats.h"
#include "weir/origin.h"
#include "weir/progress.h"
#include "weir/same_file.h"
#include "weir/say.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <sys/stat.h>

namespace tool {
namespace {

// False for a path that cannot be examined: its open reports the reason.
bool is_folder(const std::string& path) {
  std::error_code unknown;
  return std::filesystem::is_directory(path, unknown);
}

// The name that the only source gives to a file or an object; empty if it has none.
std::string name_of_source(const CopyOptions& options) {
  if (options.sources.size() != 1) return {};
  const Endpoint& source = options.sources.front();
  if (source.is_file()) return std::filesystem::path(source.path).filename().string();
  return source.is_nats() && options.whole ? file_name_of_object(source) : std::string();
}

// `cp FILE FOLDER` is `cp FILE FOLDER/FILE`.
void resolve_folder(CopyOptions& options) {
  Endpoint& destination = options.destinations.front();
  if (!destination.is_file() || !is_folder(destination.path)) return;
  const std::string name = name_of_source(options);
  if (name.empty()) throw weir::Error::system(EISDIR, "open", destination.path);
  destination = file_endpoint((std::filesystem::path(destination.path) / name).string());
}

// Refuses a file that would be truncated, or read while it is written.
void refuse_same_file(const CopyOptions& options) {
  using How = FileUse::How;
  std::vector<FileUse> uses;
  const auto add = [&uses](const std::vector<Endpoint>& endpoints, How how) {
    for (const Endpoint& each : endpoints) {
      if (each.is_file()) uses.push_back({each.path, how});
      if (each.is_standard())
        uses.push_back({each.name, how == How::read ? How::read : How::written, true});
    }
  };
  add(options.sources, How::read);
  add(options.destinations, options.in_place ? How::written : How::replaced);
  refuse_same_file(uses);
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
  if (copying.stage() == Copying::Stage::in_place) return "interrupted: the copy is in place";
  const bool is_untouched = options.replaces() && copying.stage() == Copying::Stage::copying;
  return is_untouched ? "interrupted: nothing was replaced" : "interrupted";
}

// An upload announces its length if all its sources are files and no filter changes the data.
void announce_length(CopyOptions& options) {
  const bool is_filtered =
      options.compress != Compression::none || options.decompress != Compression::none;
  if (is_filtered || std::ranges::none_of(options.destinations, &Endpoint::is_web)) return;
  std::vector<std::uint64_t> lengths;
  bool is_input_read = false;
  for (const Endpoint& source : options.sources) {
    // Standard input is at its end when it is read again.
    const bool is_at_end = source.is_standard() && std::exchange(is_input_read, true);
    const auto length = is_at_end ? std::optional<std::uint64_t>(0) : stable_size(source);
    if (!length) return;
    lengths.push_back(*length);
  }
  options.length = std::accumulate(lengths.begin(), lengths.end(), std::uint64_t{0});
  for (std::size_t i = 0; i < lengths.size(); ++i) options.sources[i].length = lengths[i];
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
  announce_length(options);
  if (!options.whole) {
    if (std::ranges::any_of(options.sources, is_durable)) return copy_durable(options);
    continue_on_nats(options);
  }
  weir::Loop loop;
  Copying copying(loop, options);
  const Inspection inspection(loop, options.inspection, "weir cp", options.json);
  int signal = 0;
  {
    const Interrupt interrupted(loop, [&](int number) {
      signal = number;
      // Some destinations may be in place already: complete the others.
      if (copying.stage() != Copying::Stage::committing) copying.fail(weir::Errc::aborted);
    });
    std::optional<Progress> progress;
    if (options.progress != CopyProgress::none &&
        Progress::is_wanted(options.json, options.to_stdout()))
      progress.emplace(loop, [&, recent = RecentRate()](const Terminal& terminal) mutable {
        const CopyFigures now = copying.figures();
        const double rate = recent.take(now.time, now.bytes_read);
        return options.progress == CopyProgress::bars ? progress_bars(now, rate, terminal)
                                                      : progress_line(now, rate, terminal);
      });
    copying.start();
    loop.run();
    copying.on_loop_ended();
    loop.poll();  // handles a signal that came meanwhile
    if (!copying.error()) {
      copying.commit();
      loop.run();
      copying.on_committed();
    }
    if (!copying.error() && signal == 0) {
      copying.acknowledge();
      loop.run();
    }
    loop.poll();
  }
  if (signal != 0) {
    complain(interruption(options, copying));
    end_by(signal);
  }
  if (const weir::Error& error = copying.error()) {
    const bool is_stuck = loop.poll();
    if (!copying.is_unread()) complain(error.what());
    // `weir cp FILE - | head -1` has succeeded.
    const int status = copying.is_unread() ? kBrokenPipe : kFailed;
    if (is_stuck) std::_Exit(status);  // the destructor of the Loop would wait too
    return status;
  }
  return say_summary(options, copying.figures());
}

}  // namespace tool
