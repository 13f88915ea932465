// Converts a libuv status to an Error. No other code does.
#pragma once

#include <weir/base/error.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::internal {

// Prints as in Node: "EACCES: permission denied, open '/etc/x'". Success for status >= 0.
inline Error from_uv(std::int64_t status, std::string_view syscall,
                     std::optional<std::string_view> subject = std::nullopt) {
  if (status >= 0) return {};
  return Error::system(static_cast<int>(-status), syscall, subject);  // libuv's codes are -errno
}

}  // namespace weir::internal
