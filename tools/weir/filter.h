// What `weir cp` does to the bytes on their way.
#pragma once

#include "weir/copy_options.h"
#include <weir/weir.h>

#include <string>
#include <vector>

namespace tool {

struct Filter {
  std::string name;  // of the option, as errors tell it
  weir::Ref<weir::Duplex> stream;
};

// In the order of the bytes' way: what decompresses first.
// ERRORS: throws ERR_OUT_OF_RANGE for the level.
std::vector<Filter> make_filters(weir::Loop& loop, const CopyOptions& options);

}  // namespace tool
