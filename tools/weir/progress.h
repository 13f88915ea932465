// One line on the terminal, written over ten times a second while the transfer runs.
#pragma once

#include "weir/figures.h"
#include "weir/options.h"
#include <weir/weir.h>

namespace tool {

class Progress {
 public:
  // Standard error is a terminal, and nothing else fills it.
  static bool is_wanted(const Options& options);

  // REQUIRES: the loop outlives this. CALLS BACK: `figures`, whenever the line is drawn.
  Progress(weir::Loop& loop, weir::Function<Figures()> figures);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();  // clears the line

 private:
  void draw();

  weir::Function<Figures()> figures_;
  weir::Ref<weir::Timer> timer_;
};

}  // namespace tool
