#include "weir/line_options.h"

#include "weir/endpoint.h"

namespace tool {

bool LineOptions::to_stdout() const noexcept { return kOutputNames.contains(file); }

}  // namespace tool
