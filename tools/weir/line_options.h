// The options of `weir lines` and `weir write`.
#pragma once

#include "weir/inspection_options.h"

#include <cstdint>
#include <optional>
#include <string>

namespace tool {

struct LineOptions {
  std::string file;  // "-" is standard output
  std::optional<std::int64_t> high_water_mark;
  bool append = false;
  bool sync = false;
  bool pool = false;
  bool json = false;
  InspectionOptions inspection;

  // If so, no message may be printed to standard output.
  bool to_stdout() const noexcept;
};

}  // namespace tool
