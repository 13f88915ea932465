// One line on the terminal, written over ten times a second while the transfer runs.
#pragma once

#include "weir/figures.h"
#include "weir/options.h"
#include <weir/weir.h>

#include <chrono>
#include <string>

namespace tool {

std::string progress_line(const Figures& figures);
// "  25 %  0:03 left": of the whole, `done` took this time.
std::string share_done(double done, std::chrono::duration<double> time);

class Progress {
 public:
  // Standard error is a terminal, and nothing else fills it.
  static bool is_wanted(const Options& options);

  // REQUIRES: the loop outlives this. CALLS BACK: `line`, for what to draw.
  Progress(weir::Loop& loop, weir::Function<std::string()> line);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();  // clears the line

 private:
  void draw();

  weir::Function<std::string()> line_;
  weir::Ref<weir::Timer> timer_;
};

}  // namespace tool
