// Parses and formats HTTP dates: "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7).
#pragma once

#include <weir/base/ref.h>

#include <array>
#include <cstddef>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace weir::http {

inline constexpr std::size_t kDateSize = 29;

std::string http_date(std::time_t time);

// Also accepts the two obsolete formats; nullopt for any other text. `now` decides the century of a
// year of two digits.
std::optional<std::time_t> parse_http_date(std::string_view text, std::time_t now);

// The value of a Date header, formatted once a second.
class DateCache final : public RefCounted {
 public:
  std::string_view now() { return at(std::time(nullptr)); }
  // For tests: the value at the given time.
  std::string_view at(std::time_t time);

 private:
  std::time_t made_at_ = -1;
  std::array<char, kDateSize> text_{};
};

}  // namespace weir::http
