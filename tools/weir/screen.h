// The whole terminal of standard output, for a program that draws it again and again.
#pragma once

#include "weir/screen_text.h"

#include <string>
#include <vector>

namespace tool {

// A line with the attributes of the terminal, as "\x1b[1m", or none.
struct ScreenLine {
  std::string text;  // fits the terminal
  std::string attributes = {};
};

class Screen {
 public:
  Screen();  // the other screen, without a cursor
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  ~Screen();  // restores it

  // Skipped while the terminal takes no text (Ctrl-S).
  void draw(const std::vector<ScreenLine>& lines) const;
};

}  // namespace tool
