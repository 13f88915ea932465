// The progress on the terminal, rewritten ten times a second.
//
//   [========>             ]  38 %  0:03 left  12.3 MB  4.1 MB/s  buffer [###  ] 9830 of 16384
#pragma once

#include "weir/figures.h"
#include "weir/screen_text.h"
#include <weir/weir.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace tool {

// The rate of about the last two seconds, so that a transfer that stands still is seen to.
class RecentRate {
 public:
  // Notes the amount at a time; returns megabytes a second.
  double take(std::chrono::duration<double> time, std::uint64_t bytes);

 private:
  struct Point {
    std::chrono::duration<double> time;
    std::uint64_t bytes;
  };
  std::deque<Point> points_{Point{}};
};

// A line that fits the terminal: it leaves out the later ones of its parts that have no room, and
// the bar takes the rest.
class ProgressLine {
 public:
  // The share, the time left (or the time spent), the amount, and its rate. The time left is that
  // at the average rate.
  ProgressLine(std::optional<double> done, std::uint64_t bytes, double megabytes_per_second,
               std::chrono::duration<double> time);

  void add(std::string part) { parts_.push_back(std::move(part)); }
  std::string text(const Terminal& terminal) const;

 private:
  std::optional<double> done_;
  std::vector<std::string> parts_;
};

// "[###  ] 9830 of 16384"
std::string buffer_text(std::size_t length, std::size_t mark, const Terminal& terminal);

std::string progress_line(const Figures& figures, double megabytes_per_second,
                          const Terminal& terminal);

class Progress {
 public:
  // True if standard error is a terminal and has no other use.
  static bool is_wanted(bool json, bool to_stdout);

  // REQUIRES: the loop outlives this. CALLS BACK: `lines` for the text, one line or several.
  Progress(weir::Loop& loop, weir::Function<std::string(const Terminal&)> lines);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();  // clears the lines

 private:
  void draw(const std::string& text);

  weir::Function<std::string(const Terminal&)> lines_;
  std::size_t shown_ = 0;  // lines above the last one
  weir::ScopedTimer timer_;
};

}  // namespace tool
