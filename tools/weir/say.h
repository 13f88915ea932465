// Prints messages of the command.
#pragma once

#include <cstdio>
#include <string_view>

namespace tool {

// Prints at once; false, with errno, on failure.
bool say(std::FILE* out, std::string_view text) noexcept;

// True if a write would not block; false while a terminal is stopped (Ctrl-S).
bool takes_text(std::FILE* out) noexcept;

// "weir: TEXT" on standard error.
void complain(std::string_view text);

}  // namespace tool
