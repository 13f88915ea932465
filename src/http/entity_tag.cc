#include "http/entity_tag.h"

#include "http/text.h"

#include <cstddef>

namespace weir::http {
namespace {

constexpr std::string_view kWeak = "W/";

std::string_view opaque_part(std::string_view tag) noexcept {
  return tag.starts_with(kWeak) ? tag.substr(kWeak.size()) : tag;
}

bool is_tag_char(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte == 0x21 || (byte >= 0x23 && byte != 0x7f);
}

// The length of the tag at the text's front; 0 if there is none.
std::size_t tag_size(std::string_view text) noexcept {
  std::size_t at = text.starts_with(kWeak) ? kWeak.size() : 0;
  if (at == text.size() || text[at] != '"') return 0;
  ++at;
  while (at < text.size() && is_tag_char(text[at])) ++at;
  return at < text.size() && text[at] == '"' ? at + 1 : 0;
}

}  // namespace

bool same_tag(std::string_view a, std::string_view b, TagComparison comparison) noexcept {
  if (comparison == TagComparison::weak) return opaque_part(a) == opaque_part(b);
  return a == b && !a.starts_with(kWeak);
}

bool lists_tag(std::string_view list, std::string_view tag, TagComparison comparison) noexcept {
  list = trimmed(list);
  if (list == "*") return true;
  while (!list.empty()) {
    const std::size_t size = tag_size(list);
    const std::string_view rest = trimmed(list.substr(size));
    const bool is_element = rest.empty() || rest.front() == ',';
    if (!is_element) return false;
    if (size > 0 && same_tag(list.substr(0, size), tag, comparison)) return true;
    list = rest.empty() ? rest : trimmed(rest.substr(1));
  }
  return false;
}

}  // namespace weir::http
