// Entity tags (RFC 9110, 8.8.3): "\"x\"", or weak, "W/\"x\"".
#pragma once

#include <cstdint>
#include <string_view>

namespace weir::http {

enum class TagComparison : std::uint8_t {
  strong,  // equal, and neither tag is weak
  weak,    // equal, whether weak or not
};

bool same_tag(std::string_view a, std::string_view b, TagComparison comparison) noexcept;

// Whether a list of tags contains `tag`; "*" contains every tag. Parsing stops at a malformed tag.
bool lists_tag(std::string_view list, std::string_view tag, TagComparison comparison) noexcept;

}  // namespace weir::http
