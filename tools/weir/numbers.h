// Parsers of numbers in arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tool {

// Parses decimal digits only; empty for any other text.
std::optional<std::uint64_t> parse_count(std::string_view text) noexcept;

// Parses a number of bytes, or of KiB, MiB or GiB with the suffix K, M or G; empty for any other
// text.
std::optional<std::int64_t> parse_size(std::string_view text) noexcept;

// Parses a number of milliseconds, seconds, minutes, hours or days: "500ms", "1s", "5m", "24h",
// "7d". Returns milliseconds; empty for any other text.
std::optional<std::int64_t> parse_time(std::string_view text) noexcept;

}  // namespace tool
