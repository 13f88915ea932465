// Text for a terminal: its width, bars, and names that may contain anything.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tool {

struct Terminal {
  std::size_t columns;
  std::size_t rows;
  bool is_utf8;  // by the locale; otherwise only ASCII is shown
};

// The size of the terminal; 80 x 24 if it has none, or the descriptor is not a terminal.
Terminal look_at_terminal(int fd);

// Replaces whatever a terminal would interpret, or that would reorder the text around it: control
// characters (and with them escape sequences), invalid UTF-8, invisible and bidirectional marks.
std::string safe_text(std::string_view text, const Terminal& terminal);

// REQUIRES: safe text.
std::size_t columns_of(std::string_view text);

enum class Keep : unsigned char { beginning, end };
// Safe text of exactly so many columns: filled with spaces, or cut with a mark.
std::string fitted(std::string_view text, std::size_t columns, const Terminal& terminal,
                   Keep keep = Keep::beginning);

// A bar of so many columns; `share` from 0 to 1, a larger one is shown as 1.
std::string level_bar(double share, std::size_t columns, const Terminal& terminal);

// "12.3 MB"
std::string size_text(double bytes);
// "1:02:03", "2:03"
std::string clock_text(double seconds);

}  // namespace tool
