// How HTTP compares and checks text.
#pragma once

#include <string_view>

namespace weir::http {

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

// Whether both are the same but for the case of their letters.
bool same_name(std::string_view a, std::string_view b) noexcept;

// Whether the word stands in the text by itself, in any case. Node: /(?:^|\W)word(?:$|\W)/i.
bool has_word(std::string_view text, std::string_view word) noexcept;

bool is_token(std::string_view text) noexcept;
// Whether it may stand in a header's value or a reason.
bool is_header_text(std::string_view text) noexcept;

// Without the spaces and tabs at its end.
std::string_view trimmed_end(std::string_view text) noexcept;

}  // namespace weir::http
