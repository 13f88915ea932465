// The sources of `weir cp`, opened one after the other.
#pragma once

#include "weir/copy_options.h"
#include "weir/input.h"
#include <weir/weir.h>

#include <cstdint>
#include <optional>
#include <string>

#include <sys/stat.h>

namespace tool {

struct SourceStat {
  std::optional<std::uint64_t> size;  // of a regular file
  std::optional<mode_t> mode;
};

// What is known of a source before it is opened. Nothing where it cannot be looked at.
SourceStat look_at(const std::string& source);

// A stream of what is there. "-" is standard input, which is left as it is for who shares it.
weir::Ref<weir::Readable> open_source(weir::Loop& loop, const std::string& source,
                                      const CopyOptions& options);

}  // namespace tool
