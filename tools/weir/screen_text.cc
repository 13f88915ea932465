#include "weir/screen_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <sys/ioctl.h>

namespace tool {
namespace {

constexpr std::size_t kUsualColumns = 80;
constexpr std::size_t kUsualRows = 24;
constexpr char32_t kInvalid = 0xfffd;

struct Range {
  char32_t first;
  char32_t last;
};
// Unicode's controls, and the characters that are invisible or reverse the text.
constexpr std::array<Range, 9> kUnsafe{{{0x00, 0x1f},
                                        {0x7f, 0x9f},
                                        {0xad, 0xad},
                                        {0x61c, 0x61c},
                                        {0x200b, 0x200f},
                                        {0x2028, 0x202e},
                                        {0x2060, 0x206f},
                                        {0xfeff, 0xfeff},
                                        {0xe0000, 0xe0fff}}};
constexpr std::array<Range, 4> kCombining{
    {{0x300, 0x36f}, {0x1ab0, 0x1aff}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}}};
constexpr std::array<Range, 10> kWide{{{0x1100, 0x115f},
                                       {0x2e80, 0x303e},
                                       {0x3041, 0xa4cf},
                                       {0xac00, 0xd7a3},
                                       {0xf900, 0xfaff},
                                       {0xfe30, 0xfe6f},
                                       {0xff00, 0xff60},
                                       {0xffe0, 0xffe6},
                                       {0x1f300, 0x1faff},
                                       {0x20000, 0x3fffd}}};

bool is_in(std::span<const Range> ranges, char32_t c) {
  return std::ranges::any_of(ranges, [c](const Range& r) { return r.first <= c && c <= r.last; });
}

// Takes a character from the text; kInvalid for a byte that does not begin one.
char32_t take_character(std::string_view& text) {
  const auto byte = [&text](std::size_t i) -> std::uint32_t {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const std::uint32_t lead = byte(0);
  const std::size_t size = lead < 0x80   ? 1
                           : lead < 0xc2 ? 0
                           : lead < 0xe0 ? 2
                           : lead < 0xf0 ? 3
                           : lead < 0xf5 ? 4
                                         : 0;
  char32_t c = size < 2 ? lead : lead & (0x7fU >> size);
  bool is_valid = size > 0;
  for (std::size_t i = 1; is_valid && i < size; ++i) {
    is_valid = (byte(i) & 0xc0U) == 0x80;
    c = c << 6U | (byte(i) & 0x3fU);
  }
  constexpr std::array<char32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  is_valid = is_valid && c >= kLeast[size] && c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff);
  text.remove_prefix(is_valid ? size : 1);
  return is_valid ? c : kInvalid;
}

std::size_t columns_of_character(char32_t c) {
  if (is_in(kCombining, c)) return 0;
  return is_in(kWide, c) ? 2 : 1;
}

}  // namespace

Terminal look_at_terminal(int fd) {
  winsize size{};
  const bool is_known = ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0;
  std::string_view locale;
  for (const char* const name : {"LC_ALL", "LC_CTYPE", "LANG"})
    if (const char* const value = std::getenv(name); value && *value && locale.empty())
      locale = value;
  const bool is_utf8 = locale.find("UTF-8") != std::string_view::npos ||
                       locale.find("utf8") != std::string_view::npos ||
                       locale.find("utf-8") != std::string_view::npos;
  return {.columns = is_known ? size.ws_col : kUsualColumns,
          .rows = is_known ? size.ws_row : kUsualRows,
          .is_utf8 = is_utf8};
}

std::string safe_text(std::string_view text, const Terminal& terminal) {
  std::string safe;
  while (!text.empty()) {
    const std::string_view before = text;
    const char32_t c = take_character(text);
    const bool is_shown = c != kInvalid && !is_in(kUnsafe, c) && (c < 0x80 || terminal.is_utf8);
    safe += is_shown ? before.substr(0, before.size() - text.size()) : "?";
  }
  return safe;
}

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) columns += columns_of_character(take_character(text));
  return columns;
}

std::string fitted(std::string_view text, std::size_t columns, const Terminal& terminal,
                   Keep keep) {
  std::string safe = safe_text(text, terminal);
  std::size_t used = columns_of(safe);
  if (used <= columns) return safe + std::string(columns - used, ' ');
  if (columns == 0) return {};
  const std::string_view mark = terminal.is_utf8 ? "…" : "~";
  std::string_view rest = safe;
  if (keep == Keep::end) {
    while (used > columns - 1) used -= columns_of_character(take_character(rest));
    return std::string(columns - 1 - used, ' ').append(mark).append(rest);
  }
  std::string beginning;
  for (used = 0;;) {
    const std::string_view before = rest;
    const std::size_t next = columns_of_character(take_character(rest));
    if (used + next > columns - 1) break;
    used += next;
    beginning += before.substr(0, before.size() - rest.size());
  }
  return beginning.append(mark).append(columns - 1 - used, ' ');
}

std::string level_bar(double share, std::size_t columns, const Terminal& terminal) {
  share = std::clamp(share, 0.0, 1.0);
  constexpr std::array<std::string_view, 8> kParts{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const std::size_t steps = terminal.is_utf8 ? kParts.size() : 1;
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(columns * steps) + 0.5);
  std::string bar;
  for (std::size_t i = 0; i < filled / steps; ++i) bar += terminal.is_utf8 ? "█" : "#";
  if (filled % steps > 0) bar += kParts[filled % steps];
  return bar.append(columns - (filled + steps - 1) / steps, ' ');
}

std::string size_text(double bytes) {
  constexpr std::array<std::string_view, 5> kUnits{"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  for (; bytes >= 999.95 && unit + 1 < kUnits.size(); ++unit) bytes /= 1000;
  return unit == 0 ? fmt::format("{:.0f} B", bytes) : fmt::format("{:.1f} {}", bytes, kUnits[unit]);
}

std::string clock_text(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::clamp(seconds, 0.0, 3.6e9) + 0.5);
  if (whole >= 3600)
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace tool
