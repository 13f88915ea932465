// weir serve: serves a directory over HTTP.
#pragma once

#include "weir/serve_options.h"

namespace tool {

// Serves until a signal ends the process. Returns the exit status if it cannot listen.
int serve(const ServeOptions& options);

}  // namespace tool
