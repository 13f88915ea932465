// The compression filters of `weir cp`.
#pragma once

#include "weir/copy_options.h"
#include <weir/weir.h>

#include <string>
#include <vector>

namespace tool {

struct Filter {
  std::string name;  // of the option, used in errors
  weir::Ref<weir::Duplex> stream;
};

// In the order of the data: decompression first. ERRORS: throws ERR_OUT_OF_RANGE for the level.
std::vector<Filter> make_filters(weir::Loop& loop, const CopyOptions& options);

}  // namespace tool
