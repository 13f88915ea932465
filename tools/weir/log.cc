#include "weir/log.h"

#include "weir/conclude.h"
#include "weir/inspection.h"
#include "weir/interrupt.h"
#include "weir/log_input.h"
#include "weir/same_file.h"
#include "weir/say.h"

#include <chrono>
#include <csignal>
#include <utility>

#include <fmt/format.h>

namespace tool {
namespace {

using std::chrono::milliseconds;
namespace fs = weir::fs;

// The source usually gets the same signal, and writes its last lines.
constexpr milliseconds kSilence(100);
constexpr milliseconds kMostAfterSignal(2000);
constexpr milliseconds kRetryOnFull(1000);

fs::RotatedFilter filter_of(Compression format) {
  if (format == Compression::gzip)
    return {".gz", [](weir::Loop& loop) { return weir::zlib::create_gzip(loop); }};
  if (format == Compression::zstd)
    return {".zst", [](weir::Loop& loop) { return weir::zlib::create_zstd_compress(loop); }};
  return {};
}

weir::Ref<fs::RotatingStream> open_log(weir::Loop& loop, const LogOptions& options) {
  return fs::create_rotating_stream(loop, options.file,
                                    {.high_water_mark = options.high_water_mark,
                                     .max_size = options.max_size,
                                     .every = milliseconds(options.every),
                                     .keep = options.keep,
                                     .compress = filter_of(options.compress),
                                     .retry_on_full = kRetryOnFull,
                                     .sync_every = milliseconds(options.sync_every)});
}

}  // namespace

int write_log(const LogOptions& options) {
  refuse_same_file({{"-", FileUse::How::read, true}, {options.file, FileUse::How::written}});
  weir::Loop loop;
  const auto log = open_log(loop, options);
  const Inspection inspection(loop, options.inspection, "weir log", false);
  bool has_failed = false;
  LogInput::Settings settings{.wait = {}, .stamp = options.stamp};
  if (options.wait) settings.wait = milliseconds(*options.wait);
  LogInput input(loop, weir::standard_input(loop), log, settings, [&](const weir::Error& error) {
    has_failed = true;
    complain(error.what());
  });
  log->on<weir::Error>([&](const weir::Error& error) {
    has_failed = true;
    input.stop();
    complain(error.what());
    if (log->bytes_written() > 0)
      complain(fmt::format("{} bytes were written before the error", log->bytes_written()));
  });
  log->on<fs::Full>([](const fs::Full& full) {
    complain(fmt::format("{}; waiting for space", full.error.what()));
  });
  log->on<fs::SpaceFreed>([] { complain("there is space again"); });
  log->on<fs::RotationFailed>(
      [](const fs::RotationFailed& failed) { complain(failed.error.what()); });
  const weir::Signal hangup(loop, SIGHUP, [&] { log->reopen(); });
  int signal = 0;
  const Interrupt interrupted(loop, kSignalsOfLogs, [&](int number) {
    signal = number;
    input.finish(kSilence, kMostAfterSignal);
  });
  loop.run();
  if (signal != 0) end_by(signal);
  return has_failed ? kFailed : kDone;
}

}  // namespace tool
