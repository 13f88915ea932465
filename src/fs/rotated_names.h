// The names of rotated files: "app.log.000001", "app.log.000002.gz", ...
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::fs {

struct RotatedName {
  std::uint64_t number;
  std::string suffix;  // ".gz"; empty: as it was rotated
  friend auto operator<=>(const RotatedName&, const RotatedName&) = default;
};

// The name of the file's rotation with this number.
std::string rotated_name(std::string_view file, std::uint64_t number, std::string_view suffix = {});

// Empty if `name` is not one of the file's. REQUIRES: suffix is empty or that of the options.
std::optional<RotatedName> parse_rotated(std::string_view name, std::string_view file,
                                         std::string_view suffix);

struct RotatedNames {
  std::vector<RotatedName> ours;  // by number
  // The greatest number, also of names with another suffix: those of a program with other options.
  std::uint64_t last = 0;
};

// The file's rotated files in a directory. ERRORS: returns errno.
int list_rotated(int folder, std::string_view file, std::string_view suffix, RotatedNames& found);

// The least number of the newest `keep` files; a file and its compressed one are one. Files with
// lower numbers are to be removed. REQUIRES: by number.
std::uint64_t first_kept(const std::vector<RotatedName>& rotated, std::size_t keep) noexcept;

}  // namespace weir::fs
