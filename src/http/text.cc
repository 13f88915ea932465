#include "http/text.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace weir::http {
namespace {

constexpr bool is_letter_or_digit(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr auto kTokenChars = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < table.size(); ++c)
    table[c] = is_letter_or_digit(static_cast<unsigned char>(c));
  for (const char c : std::string_view("^_`-!#$%&'*+.|~"))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();

bool is_header_char(unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7f); }

bool is_word_char(char c) { return is_letter_or_digit(static_cast<unsigned char>(c)) || c == '_'; }

}  // namespace

bool same_name(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

bool has_word(std::string_view text, std::string_view word) noexcept {
  for (std::size_t at = 0; at + word.size() <= text.size(); ++at) {
    const std::size_t end = at + word.size();
    if (at > 0 && is_word_char(text[at - 1])) continue;
    if (end < text.size() && is_word_char(text[end])) continue;
    if (same_name(text.substr(at, word.size()), word)) return true;
  }
  return false;
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return kTokenChars[static_cast<unsigned char>(c)];
  });
}

bool is_header_text(std::string_view text) noexcept {
  return std::ranges::all_of(text,
                             [](char c) { return is_header_char(static_cast<unsigned char>(c)); });
}

std::string_view trimmed_end(std::string_view text) noexcept {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace weir::http
