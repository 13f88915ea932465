// Entity tags (RFC 9110, 8.8.3): "\"x\"", or weak, "W/\"x\"".
#pragma once

#include <cstdint>
#include <string_view>

namespace weir::http {

enum class TagComparison : std::uint8_t {
  strong,  // both are the same, and neither is weak
  weak,    // both are the same but for their being weak
};

bool same_tag(std::string_view a, std::string_view b, TagComparison comparison) noexcept;

// Whether a list of tags has this one; "*" has any. Parsing stops
// at a malformed tag.
bool lists_tag(std::string_view list, std::string_view tag, TagComparison comparison) noexcept;

}  // namespace weir::http
