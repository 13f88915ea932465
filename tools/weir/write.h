// weir write: writes standard input to a file.
#pragma once

#include "weir/line_options.h"

namespace tool {

// Returns the exit status.
int write_input(const LineOptions& options);

}  // namespace tool
