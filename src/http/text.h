// Compares and checks text by HTTP's rules.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace weir::http {

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

// Case-insensitive comparison.
bool same_letters(const char* a, const char* b, std::size_t size) noexcept;
inline bool same_name(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && same_letters(a.data(), b.data(), a.size());
}

// Whether `text` contains `word` as a whole word, in any case. Node: /(?:^|\W)word(?:$|\W)/i.
bool has_word(std::string_view text, std::string_view word) noexcept;

constexpr bool is_letter_or_digit(char c) noexcept {
  return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z');
}

// Letters, digits and `others`.
class CharSet {
 public:
  constexpr explicit CharSet(std::string_view others) noexcept {
    for (std::size_t c = 0; c < table_.size(); ++c)
      table_[c] = is_letter_or_digit(static_cast<char>(c));
    for (const char c : others) table_[static_cast<unsigned char>(c)] = true;
  }

  constexpr bool has(char c) const noexcept { return table_[static_cast<unsigned char>(c)]; }

 private:
  std::array<bool, 256> table_{};
};

inline bool is_token_char(char c) noexcept {
  static constexpr CharSet kChars("^_`-!#$%&'*+.|~");
  return kChars.has(c);
}
bool is_token(std::string_view text) noexcept;
// Whether `c` is allowed in a header's value or a reason.
inline bool is_header_char(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}
bool is_header_text(std::string_view text) noexcept;

// `text` without spaces and tabs at its ends.
std::string_view trimmed(std::string_view text) noexcept;

// Calls `call` with each non-empty element of a list (RFC 9110, 5.6.1).
template <class Call>
void for_each_element(std::string_view list, Call call) {
  while (!list.empty()) {
    const std::size_t size = std::min(list.find(','), list.size());
    if (const std::string_view element = trimmed(list.substr(0, size)); !element.empty())
      call(element);
    list.remove_prefix(std::min(size + 1, list.size()));
  }
}

}  // namespace weir::http
