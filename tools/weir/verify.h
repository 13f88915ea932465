// Reads lines back, with nothing of weir's, to see that they are what was written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tool {

// What is wrong with the file, of which the bytes from `begin` on should be `count` lines.
// ERRORS: throws the system's error where the file cannot be read.
std::optional<std::string> find_flaw(const std::string& path, std::uint64_t begin,
                                     std::uint64_t count);

}  // namespace tool
