// weir log: writes standard input to a log file that rotates.
#pragma once

#include "weir/log_options.h"

namespace tool {

// Returns the exit status. A signal ends the process.
int write_log(const LogOptions& options);

}  // namespace tool
