// weir/stdio/color_depth.h - how many colors a terminal shows, going by the environment.
//
//   const int bits = weir::color_depth({{"TERM", "xterm-256color"}});   // 8
//
// Terminals do not say it themselves. The variables that count, the first one first: FORCE_COLOR,
// NO_COLOR (and NODE_DISABLE_COLORS), TMUX, those of CI services, TERM_PROGRAM, COLORTERM, TERM.
#pragma once

#include <map>
#include <string>

namespace weir {

using Environment = std::map<std::string, std::string, std::less<>>;

// That of this process, as it is now.
Environment process_environment();

// In bits: 1 (none), 4 (16 colors), 8 (256) or 24. Node counterpart: getColorDepth, without its
// warning that FORCE_COLOR overrides NO_COLOR.
int color_depth(const Environment& environment);

}  // namespace weir
