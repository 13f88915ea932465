// weir cp: pipes sources into destinations.
#pragma once

#include "weir/copy_options.h"

namespace tool {

// Returns the exit status.
int copy(CopyOptions options);

}  // namespace tool
