// Verifies the written lines. It reads with system calls, independently of weir's streams.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tool {

// Describes the first difference between the file, from byte `begin` on, and `count` lines.
// ERRORS: throws the system's error if the file cannot be read.
std::optional<std::string> find_flaw(const std::string& path, std::uint64_t begin,
                                     std::uint64_t count);

}  // namespace tool
