// weir inspect: one page for the streams of several processes.
#pragma once

#include "weir/watch_options.h"

namespace tool {

// Serves the page until a signal ends the process. Returns the exit status if it cannot.
int inspect(const InspectOptions& options);

}  // namespace tool
