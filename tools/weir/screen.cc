#include "weir/screen.h"

#include "weir/say.h"

#include <cstddef>
#include <cstdio>

namespace tool {
Screen::Screen() { say(stdout, "\x1b[?1049h\x1b[?25l"); }
Screen::~Screen() { say(stdout, "\x1b[?25h\x1b[?1049l"); }

void Screen::draw(const std::vector<ScreenLine>& lines) const {
  if (!takes_text(stdout)) return;
  std::string text = "\x1b[H";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const ScreenLine& line = lines[i];
    if (i > 0) text += "\r\n";
    text += line.attributes + line.text;
    if (!line.attributes.empty()) text += "\x1b[m";
    text += "\x1b[K";
  }
  text += "\x1b[J";
  say(stdout, text);
}

}  // namespace tool
