// What every command takes, and how its numbers are spelled.
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

  // What is written takes standard output, so nothing else may.
  bool to_stdout() const noexcept;
};

// Decimal digits and no more; else nothing.
std::optional<std::uint64_t> parse_count(std::string_view text) noexcept;

// A count of bytes, or of KiB, MiB or GiB with the suffix K, M or G; else nothing.
std::optional<std::int64_t> parse_size(std::string_view text) noexcept;

}  // namespace tool
