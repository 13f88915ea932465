#include "weir/say.h"

#include <fmt/format.h>

namespace tool {

bool say(std::FILE* out, std::string_view text) noexcept {
  return std::fwrite(text.data(), 1, text.size(), out) == text.size() && std::fflush(out) == 0;
}

void complain(std::string_view text) { say(stderr, fmt::format("weir: {}\n", text)); }

}  // namespace tool
