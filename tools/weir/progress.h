// A progress line on the terminal, rewritten ten times a second.
#pragma once

#include "weir/figures.h"
#include "weir/options.h"
#include <weir/weir.h>

#include <chrono>
#include <string>

namespace tool {

std::string progress_line(const Figures& figures);
// "  25 %  0:03 left", if this share took this time.
std::string share_done(double done, std::chrono::duration<double> time);

class Progress {
 public:
  // True if standard error is a terminal, and used for nothing else.
  static bool is_wanted(const Options& options);

  // REQUIRES: the loop outlives this. CALLS BACK: `line` for the text.
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
