// The part of a file that a Range line asks for (RFC 9110, 14).
#pragma once

#include <cstdint>
#include <string_view>

namespace weir::http {

// Both included.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;

  std::uint64_t size() const noexcept { return last - first + 1; }
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

struct WantedPart {
  enum class Kind : std::uint8_t {
    whole,          // the line is to be ignored
    part,           // of the file
    unsatisfiable,  // 416
  };
  Kind kind = Kind::whole;
  ByteRange range = {};
};

// Ignores what is malformed, another unit than bytes, several ranges, and all ranges of an empty
// file: that has no part which a Content-Range could name.
WantedPart wanted_part(std::string_view range, std::uint64_t size) noexcept;

}  // namespace weir::http
