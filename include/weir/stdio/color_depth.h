// weir/stdio/color_depth.h - the number of colors of a terminal, from environment variables.
//
//   const int bits = weir::color_depth({{"TERM", "xterm-256color"}});   // 8
//
// A terminal does not report its colors. The first of these variables decides: FORCE_COLOR,
// NO_COLOR (and NODE_DISABLE_COLORS), TMUX, those of CI services, TERM_PROGRAM, COLORTERM, TERM.
#pragma once

#include <map>
#include <string>

namespace weir {

using Environment = std::map<std::string, std::string, std::less<>>;

// The current environment of this process.
Environment process_environment();

// The color depth in bits: 1 (none), 4 (16 colors), 8 (256) or 24.
// Node counterpart: getColorDepth, without its warning if FORCE_COLOR overrides NO_COLOR.
int color_depth(const Environment& environment);

}  // namespace weir
