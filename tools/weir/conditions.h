// What a request makes depend on the state of a file: whether it is sent at all, and which part.
#pragma once

#include <weir/http/headers.h>

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include <sys/stat.h>

namespace tool {

// Of one state of a file; another state has others.
struct Validators {
  std::string etag;
  std::time_t modified = 0;
};
Validators validators_of(const struct stat& file);

// The client has it: If-None-Match, or without one If-Modified-Since.
bool is_known(const weir::http::Headers& request, const Validators& now);

// Both included.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;

  std::uint64_t size() const noexcept { return last - first + 1; }
};
struct WantedRange {
  enum class Kind : std::uint8_t {
    whole,    // also where the header is malformed, wants several parts, or holds no more
    part,     // of the file
    nowhere,  // in the file
  };
  Kind kind = Kind::whole;
  ByteRange range = {};
};

// What Range and If-Range say about a file of that size.
WantedRange wanted_range(const weir::http::Headers& request, const Validators& now,
                         std::uint64_t size);

}  // namespace tool
