// The options of `weir log`.
#pragma once

#include "weir/copy_options.h"
#include "weir/inspection_options.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace tool {

struct LogOptions {
  std::string file;
  std::optional<std::int64_t> high_water_mark;
  std::optional<std::int64_t> max_size;
  std::int64_t every = 0;  // milliseconds; 0: not by time
  std::optional<std::uint64_t> keep;
  Compression compress = Compression::none;
  std::optional<std::int64_t> wait;  // milliseconds; empty: as long as it takes
  std::int64_t sync_every = 0;       // milliseconds; 0: not
  bool stamp = false;
  InspectionOptions inspection;
};

}  // namespace tool
