#pragma once

#include <cstdint>
#include <optional>

namespace tool {

// The most memory that this process has held at once, in bytes. Nothing where /proc does not tell.
std::optional<std::uint64_t> peak_memory();

}  // namespace tool
