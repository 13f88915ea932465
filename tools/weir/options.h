// The options of `weir lines` and `weir write`, and the parsers of numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tool {

struct Options {
  std::string file;  // "-" is standard output
  std::optional<std::int64_t> high_water_mark;
  bool append = false;
  bool sync = false;
  bool pool = false;
  bool json = false;

  // If so, no message may be printed to standard output.
  bool to_stdout() const noexcept;
};

// Parses decimal digits only; empty for any other text.
std::optional<std::uint64_t> parse_count(std::string_view text) noexcept;

// Parses a number of bytes, or of KiB, MiB or GiB with the suffix K, M or G; empty for any other
// text.
std::optional<std::int64_t> parse_size(std::string_view text) noexcept;

}  // namespace tool
