#include "http/validators.h"

#include <algorithm>

#include <fmt/format.h>

namespace weir::http {
namespace {

// The second of the change has passed, and one more in case the file system's clock is late.
bool is_settled(std::time_t modified, std::time_t now) noexcept { return modified + 1 < now; }

}  // namespace

bool Validators::has_strong_date() const noexcept { return is_settled(modified, looked_at); }

Validators validators_of(const struct stat& file, std::time_t now) {
  const std::time_t modified = file.st_mtim.tv_sec;
  return {.etag = fmt::format("{}\"{:x}.{:x}-{:x}\"", is_settled(modified, now) ? "" : "W/",
                              modified, file.st_mtim.tv_nsec, file.st_size),
          // A date in the future is not sent (8.8.2.1).
          .modified = std::min(modified, now),
          .looked_at = now};
}

}  // namespace weir::http
