#pragma once

#include <cstdint>
#include <optional>

namespace tool {

// The peak memory of this process in bytes. Empty if /proc does not have it.
std::optional<std::uint64_t> peak_memory();

}  // namespace tool
