// weir write: writes standard input to a file.
#pragma once

#include "weir/options.h"

namespace tool {

// Returns the exit status.
int write_input(const Options& options);

}  // namespace tool
