#include "http/text.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace weir::http {
namespace {

bool is_word_char(char c) { return is_letter_or_digit(c) || c == '_'; }

// Whether one of eight bytes is a control character; a tab counts as one.
bool has_control(std::uint64_t bytes) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighs = 0x80 * kOnes;
  const std::uint64_t below_space = (bytes - 0x20 * kOnes) & ~bytes & kHighs;
  const std::uint64_t not_del = bytes ^ (0x7f * kOnes);
  return (below_space | ((not_del - kOnes) & ~not_del & kHighs)) != 0;
}

}  // namespace

bool same_letters(const char* a, const char* b, std::size_t size) noexcept {
  return std::equal(a, a + size, b, [](char x, char y) { return lower(x) == lower(y); });
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
  return !text.empty() && std::ranges::all_of(text, is_token_char);
}

bool is_header_text(std::string_view text) noexcept {
  std::size_t at = 0;
  std::uint64_t bytes = 0;
  for (; text.size() - at >= sizeof(bytes); at += sizeof(bytes)) {
    std::memcpy(&bytes, text.data() + at, sizeof(bytes));
    if (has_control(bytes)) break;
  }
  return std::ranges::all_of(text.substr(at), is_header_char);
}

std::string_view trimmed(std::string_view text) noexcept {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace weir::http
