// The table of `weir top`.
#pragma once

#include "weir/screen_text.h"
#include "weir/top_model.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace tool {

// A line of the table: plain text, of at most the terminal's columns.
struct TopLine {
  enum class Kind : unsigned char { plain, heading, bottleneck, failure };
  std::string text;
  Kind kind = Kind::plain;
};

// `rows`: the most lines; empty: as many as there are. `trouble`: why the process is not reached.
std::vector<TopLine> top_table(const TopModel& model, const std::string& place,
                               const std::string& trouble, const Terminal& terminal,
                               std::optional<std::size_t> rows);

}  // namespace tool
