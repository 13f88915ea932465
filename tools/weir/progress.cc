#include "weir/progress.h"

#include "weir/say.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

namespace tool {
namespace {

constexpr std::chrono::milliseconds kInterval(100);
constexpr std::size_t kLeastBar = 6;  // columns between the brackets
constexpr std::size_t kMostBar = 60;
constexpr std::size_t kLeastForBar = 50;  // columns of the line
constexpr std::size_t kBufferBar = 4;
constexpr std::string_view kGap = "  ";

// "[=====>    ]"
std::string share_bar(double share, std::size_t columns) {
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(columns));
  std::string bar(filled, '=');
  if (filled < columns) bar.append(1, '>').append(columns - filled - 1, ' ');
  return fmt::format("[{}]", bar);
}

}  // namespace

double RecentRate::take(std::chrono::duration<double> time, std::uint64_t bytes) {
  constexpr std::chrono::seconds kSpan(2);
  points_.push_back({time, bytes});
  while (points_.size() > 2 && points_[1].time <= time - kSpan) points_.pop_front();
  const Point& first = points_.front();
  // A source that begins again, as after a lost connection, has counted less.
  if (time <= first.time || bytes < first.bytes) return 0;
  return static_cast<double>(bytes - first.bytes) / 1e6 / (time - first.time).count();
}

ProgressLine::ProgressLine(std::optional<double> done, std::uint64_t bytes,
                           double megabytes_per_second, std::chrono::duration<double> time)
    : done_(done) {
  if (done_) {
    done_ = std::clamp(*done_, 0.0, 1.0);
    add(fmt::format("{:3.0f} %", 100 * *done_));
    if (*done_ > 0) add(fmt::format("{} left", clock_text(time.count() * (1 - *done_) / *done_)));
  } else {
    add(clock_text(time.count()));
  }
  add(fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6));
  add(fmt::format("{:.1f} MB/s", megabytes_per_second));
}

std::string ProgressLine::text(const Terminal& terminal) const {
  // The last column stays free, since some terminals begin a new line after it.
  const std::size_t room = terminal.columns - 1;
  const bool has_bar = done_ && room >= kLeastForBar;
  const std::size_t margin = has_bar ? kGap.size() + 2 : 0;
  std::string line;
  std::size_t used = margin + (has_bar ? kLeastBar : 0);
  for (const std::string& part : parts_) {
    const std::size_t gap = line.empty() ? 0 : kGap.size();
    const std::size_t columns = columns_of(part);
    if (used + gap + columns > room) break;
    if (gap > 0) line += kGap;
    line += part;
    used += gap + columns;
  }
  if (!has_bar) return line;
  return share_bar(*done_, std::min(kLeastBar + room - used, kMostBar)).append(kGap).append(line);
}

std::string buffer_text(std::size_t length, std::size_t mark, const Terminal& terminal) {
  const double share = mark > 0 ? static_cast<double>(length) / static_cast<double>(mark) : 0;
  return fmt::format("[{}] {} of {}", level_bar(share, kBufferBar, terminal), length, mark);
}

std::string progress_line(const Figures& now, double megabytes_per_second,
                          const Terminal& terminal) {
  ProgressLine line(now.done, now.bytes, megabytes_per_second, now.time);
  line.add(fmt::format("buffer {}", buffer_text(now.buffered, now.high_water_mark, terminal)));
  line.add(fmt::format("{} drains", now.drains));
  return line.text(terminal);
}

bool Progress::is_wanted(bool json, bool to_stdout) {
  const bool shows_data = to_stdout && ::isatty(STDOUT_FILENO) != 0;
  return !json && !shows_data && ::isatty(STDERR_FILENO) != 0;
}

Progress::Progress(weir::Loop& loop, weir::Function<std::string(const Terminal&)> lines)
    : lines_(std::move(lines)), timer_(loop.set_interval(kInterval, [this] {
        if (takes_text(stderr)) draw(lines_(look_at_terminal(STDERR_FILENO)));
      })) {
  timer_->unref();
}

Progress::~Progress() {
  if (takes_text(stderr)) draw({});
}

void Progress::draw(const std::string& text) {
  // Back to the first line, then clear it, or everything below as well.
  const std::string begin = shown_ == 0 ? "\r\x1b[K" : fmt::format("\r\x1b[{}A\x1b[J", shown_);
  say(stderr, begin + text);
  shown_ = static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

}  // namespace tool
