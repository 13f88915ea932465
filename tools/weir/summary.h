// The summary of a transfer, as text and as JSON.
#pragma once

#include "weir/figures.h"

#include <cstdint>
#include <optional>
#include <string>

namespace tool {

struct Summary {
  std::optional<std::uint64_t> lines = {};  // if the command writes lines
  Figures figures;
  std::optional<std::uint64_t> memory_peak = {};
  bool verified = false;
  bool interrupted = false;
};

std::string to_text(const Summary& summary);
std::string to_json(const Summary& summary);  // one line

}  // namespace tool
