// Prints messages of the command.
#pragma once

#include <cstdio>
#include <string_view>

namespace tool {

// Prints at once; false, with errno, on failure.
bool say(std::FILE* out, std::string_view text) noexcept;

// "weir: TEXT" on standard error.
void complain(std::string_view text);

}  // namespace tool
