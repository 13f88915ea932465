// The part of a file that a Range header requests (RFC 9110, 14).
#pragma once

#include <cstdint>
#include <string_view>

namespace weir::http {

// Both ends are included.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;

  std::uint64_t size() const noexcept { return last - first + 1; }
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

struct WantedPart {
  enum class Kind : std::uint8_t {
    whole,          // the Range header is to be ignored
    part,           // of the file
    unsatisfiable,  // 416
  };
  Kind kind = Kind::whole;
  ByteRange range = {};
};

// Returns `whole` for a malformed header, a unit other than bytes, several ranges, and an empty
// file: it has no part that a Content-Range could name.
WantedPart wanted_part(std::string_view range, std::uint64_t size) noexcept;

}  // namespace weir::http
