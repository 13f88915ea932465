#include "weir/numbers.h"

#include <array>
#include <charconv>
#include <limits>

namespace tool {

std::optional<std::uint64_t> parse_count(std::string_view text) noexcept {
  std::uint64_t count = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, failed] = std::from_chars(text.data(), end, count);
  if (failed != std::errc() || stopped != end) return std::nullopt;
  return count;
}

std::optional<std::int64_t> parse_time(std::string_view text) noexcept {
  struct Unit {
    std::string_view name;
    std::uint64_t milliseconds;
  };
  constexpr std::array<Unit, 5> kUnits{
      {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
  constexpr std::uint64_t kMost = 100ull * 365 * 86'400'000;
  for (const auto& [name, milliseconds] : kUnits) {
    if (!text.ends_with(name)) continue;
    const auto count = parse_count(text.substr(0, text.size() - name.size()));
    if (!count || *count > kMost / milliseconds) return std::nullopt;
    return static_cast<std::int64_t>(*count * milliseconds);
  }
  return std::nullopt;
}

std::optional<std::int64_t> parse_size(std::string_view text) noexcept {
  constexpr std::string_view kUnits = "KMG";
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  int shift = 0;
  if (!text.empty()) {
    if (const auto unit = kUnits.find(text.back()); unit != kUnits.npos) {
      shift = 10 * (static_cast<int>(unit) + 1);
      text.remove_suffix(1);
    }
  }
  const auto count = parse_count(text);
  if (!count || *count > kMost >> shift) return std::nullopt;
  return static_cast<std::int64_t>(*count << shift);
}

}  // namespace tool
