#include "weir/progress.h"

#include "weir/say.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

namespace tool {
namespace {

constexpr std::chrono::milliseconds kInterval(100);
constexpr std::string_view kClear = "\r\x1b[K";

// "1:02:03", "2:03"
std::string clock_time(double seconds) {
  const auto whole = static_cast<std::uint64_t>(seconds + 0.5);
  if (whole >= 3600)
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

// Skipped while the terminal is stopped (Ctrl-S): the write would block the loop and its signals.
void show(std::string_view line) {
  pollfd terminal{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  if (::poll(&terminal, 1, 0) == 1) say(stderr, fmt::format("{}{}", kClear, line));
}

}  // namespace

bool Progress::is_wanted(const Options& options) {
  const bool shows_data = options.to_stdout() && ::isatty(STDOUT_FILENO) != 0;
  return !options.json && !shows_data && ::isatty(STDERR_FILENO) != 0;
}

std::string progress_line(const Figures& now) {
  return fmt::format("{:.1f} MB/s  {:.1f} MB{}  buffer {} of {}  {} drains",
                     now.megabytes_per_second(), static_cast<double>(now.bytes) / 1e6,
                     now.done ? share_done(*now.done, now.time) : "", now.buffered,
                     now.high_water_mark, now.drains);
}

std::string share_done(double done, std::chrono::duration<double> time) {
  done = std::min(done, 1.0);
  std::string text = fmt::format("  {:.0f} %", 100 * done);
  if (done > 0) text += fmt::format("  {} left", clock_time(time.count() * (1 - done) / done));
  return text;
}

Progress::Progress(weir::Loop& loop, weir::Function<std::string()> line)
    : line_(std::move(line)), timer_(loop.set_interval(kInterval, [this] { draw(); })) {
  timer_->unref();
}

Progress::~Progress() {
  timer_->clear();
  show({});
}

void Progress::draw() { show(line_()); }

}  // namespace tool
