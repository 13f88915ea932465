// The entity tag and date of a file, by which its states differ (RFC 9110, 8.8).
#pragma once

#include <ctime>
#include <string>

#include <sys/stat.h>

namespace weir::http {

struct Validators {
  std::string etag;
  std::time_t modified = 0;   // Last-Modified
  std::time_t looked_at = 0;  // when these were made

  // Whether Last-Modified is a strong validator (8.8.2.2): no later change can have the same date.
  bool has_strong_date() const noexcept;
};

// A file that has changed a moment ago may change again without a difference in its time: its tag
// is weak until that is over.
Validators validators_of(const struct stat& file, std::time_t now);

}  // namespace weir::http
