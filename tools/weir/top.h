// weir top: the streams of a process, as a table in the terminal.
#pragma once

#include "weir/watch_options.h"

namespace tool {

// Returns the exit status.
int top(const TopOptions& options);

}  // namespace tool
