// The bytes in the buffers of streams over time, drawn as an SVG. For the lessons of
// docs/course.md.
#pragma once

#include <weir/weir.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

class Picture {
 public:
  using Level = weir::Function<std::size_t()>;

  void watch(std::string name, Level level) {
    lines_.push_back({std::move(name), std::move(level), {}});
  }
  // Draws the limit of a buffer.
  void set_mark(std::size_t mark) { mark_ = mark; }

  void sample(double now) {
    end_ = now;
    for (Line& line : lines_) line.points.push_back({now, static_cast<double>(line.level())});
  }
  // Numbers this moment, and says below the picture what happened.
  void note(double now, std::string text) {
    sample(now);
    const double level = lines_.empty() ? 0 : lines_.front().points.back().level;
    notes_.push_back({now, level, std::move(text)});
  }

  std::string text() const {
    std::string text;
    for (const Note& note : notes_)
      text += fmt::format("{:3} ms {:4} bytes  {}\n", note.time, note.level, note.text);
    for (const Line& line : lines_)
      text += fmt::format("{}: at most {} bytes\n", line.name, highest(line));
    return text;
  }

  std::string svg(const std::string& title) const {
    const double height = 262 + 20 * static_cast<double>(notes_.size()) + 14;
    std::string svg = fmt::format(kHead, height, title, height - 1);
    top_ = static_cast<double>(mark_);
    for (const Line& line : lines_) top_ = std::max(top_, highest(line));
    svg += fmt::format(
        "<text class=\"note\" x=\"52\" y=\"{:.0f}\" text-anchor=\"end\">{:.0f}</text>\n",
        y(top_) + 4, top_);
    if (mark_ > 0) {
      svg +=
          fmt::format("<line class=\"mark\" x1=\"60\" y1=\"{0:.1f}\" x2=\"730\" y2=\"{0:.1f}\"/>\n",
                      y(static_cast<double>(mark_)));
    }
    for (std::size_t i = 0; i < lines_.size(); ++i) svg += curve(i);
    svg += notes();
    return svg + "</svg>\n";
  }

 private:
  struct Point {
    double time;
    double level;
  };
  struct Line {
    std::string name;
    Level level;
    std::vector<Point> points;
  };
  struct Note {
    double time;
    double level;
    std::string text;
  };

  static double highest(const Line& line) {
    double most = 0;
    for (const Point& point : line.points) most = std::max(most, point.level);
    return most;
  }
  double x(double time) const { return 60 + 670 * time / std::max(end_, 1.0); }
  double y(double level) const { return 220 - 160 * level / std::max(top_, 1.0); }

  // A step at each change, as a buffer is filled and emptied by chunks.
  std::string curve(std::size_t index) const {
    const Line& line = lines_[index];
    std::string path = "M60 220";
    double last = 0;
    for (const Point& point : line.points) {
      if (point.level == last) continue;
      path += fmt::format("H{:.1f}V{:.1f}", x(point.time), y(point.level));
      last = point.level;
    }
    const std::size_t left = 480 + 130 * index;
    return fmt::format(
        "<path class=\"level{0}\" d=\"{1}H{2:.1f}V220Z\"/>\n"
        "<rect class=\"level{0}\" x=\"{3}\" y=\"19\" width=\"12\" height=\"12\"/>\n"
        "<text class=\"note\" x=\"{4}\" y=\"30\">{5}</text>\n",
        index, path, x(end_), left, left + 18, line.name);
  }

  std::string notes() const {
    std::string text;
    double last_x = 0;
    double last_y = 0;
    for (std::size_t i = 0; i < notes_.size(); ++i) {
      const Note& note = notes_[i];
      double at = std::max(x(note.time), 70.0);  // beside the axis
      const double level = y(note.level);
      if (at < last_x + 19 && std::abs(level - last_y) < 19)
        at = last_x + 19;  // beside the last one
      last_x = at;
      last_y = level;
      const double below = 262 + 20 * static_cast<double>(i);
      text += fmt::format(
          "<circle class=\"dot\" cx=\"{0:.1f}\" cy=\"{1:.1f}\" r=\"9\"/>"
          "<text class=\"number\" x=\"{0:.1f}\" y=\"{2:.1f}\">{3}</text>\n"
          "<circle class=\"dot\" cx=\"69\" cy=\"{4}\" r=\"8\"/>"
          "<text class=\"number\" x=\"69\" y=\"{5}\">{3}</text>"
          "<text class=\"note\" x=\"86\" y=\"{5}\">{6:.0f} ms</text>"
          "<text x=\"140\" y=\"{5}\">{7}</text>\n",
          at, level, level + 4, i + 1, below - 4, below, note.time, note.text);
    }
    return text;
  }

  static constexpr const char* kHead =
      R"(<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{0:.0f}" viewBox="0 0 760 {0:.0f}" role="img">
<title>{1}</title>
<style>
  text {{ font: 13px system-ui, sans-serif; fill: #24292f; }}
  .note {{ font-size: 12px; fill: #59636e; }}
  .number {{ font-size: 11px; font-weight: 600; fill: #ffffff; text-anchor: middle; }}
  .card {{ fill: #ffffff; stroke: #d1d9e0; }}
  .axis {{ stroke: #6a737d; fill: none; }}
  .mark {{ stroke: #bc4c00; stroke-dasharray: 6 4; }}
  .dot {{ fill: #bc4c00; }}
  .level0 {{ fill: #0969da; fill-opacity: 0.15; stroke: #0969da; stroke-width: 2; stroke-linejoin: round; }}
  .level1 {{ fill: #1a7f37; fill-opacity: 0.15; stroke: #1a7f37; stroke-width: 2; stroke-linejoin: round; }}
  @media (prefers-color-scheme: dark) {{
    text {{ fill: #e6edf3; }}
    .note {{ fill: #9aa4ae; }}
    .number {{ fill: #0d1117; }}
    .card {{ fill: #0d1117; stroke: #3d444d; }}
    .axis {{ stroke: #8b949e; }}
    .mark {{ stroke: #f0883e; }}
    .dot {{ fill: #f0883e; }}
    .level0 {{ fill: #2f81f7; fill-opacity: 0.2; stroke: #2f81f7; }}
    .level1 {{ fill: #3fb950; fill-opacity: 0.2; stroke: #3fb950; }}
  }}
</style>
<rect class="card" x="0.5" y="0.5" width="759" height="{2:.0f}" rx="6"/>
<text x="20" y="30">Bytes in the buffer, over time</text>
<path class="axis" d="M60 50V220H730"/>
<text class="note" x="52" y="224" text-anchor="end">0</text>
)";

  std::vector<Line> lines_;
  std::vector<Note> notes_;
  std::size_t mark_ = 0;
  double end_ = 0;
  mutable double top_ = 1;
};
