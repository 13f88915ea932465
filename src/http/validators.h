// A file's entity tag and modification date (RFC 9110, 8.8).
#pragma once

#include <ctime>
#include <string>

#include <sys/stat.h>

namespace weir::http {

struct Validators {
  std::string etag;
  std::time_t modified = 0;   // Last-Modified
  std::time_t looked_at = 0;  // when the validators were made

  // Whether Last-Modified is a strong validator (8.8.2.2): no later change can have the same date.
  bool has_strong_date() const noexcept;
};

// The tag of a file is weak right after a change: a second change might leave its time the same.
Validators validators_of(const struct stat& file, std::time_t now);

}  // namespace weir::http
