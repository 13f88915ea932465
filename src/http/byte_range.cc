#include "http/byte_range.h"

#include "http/text.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <limits>
#include <optional>
#include <system_error>

namespace weir::http {
namespace {

// A decimal number of any length.
class Number {
 public:
  static std::optional<Number> parse(std::string_view digits) noexcept {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (digits.empty() || !std::ranges::all_of(digits, is_digit)) return std::nullopt;
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size() - 1));
    return Number(digits);
  }

  // The number; the maximum if it is larger than that.
  std::uint64_t value() const noexcept {
    std::uint64_t number = 0;
    const auto [end, error] =
        std::from_chars(digits_.data(), digits_.data() + digits_.size(), number);
    return error == std::errc() ? number : std::numeric_limits<std::uint64_t>::max();
  }
  friend bool operator<(const Number& a, const Number& b) noexcept {
    if (a.digits_.size() != b.digits_.size()) return a.digits_.size() < b.digits_.size();
    return a.digits_ < b.digits_;
  }

 private:
  explicit Number(std::string_view digits) noexcept : digits_(digits) {}

  std::string_view digits_;  // without leading zeros
};

// The only element of a list, which may have empty elements beside it (5.6.1.2).
std::optional<std::string_view> only_element(std::string_view list) noexcept {
  std::optional<std::string_view> only;
  for (bool is_first = true;; is_first = false) {
    const std::size_t comma = list.find(',');
    const std::string_view text = list.substr(0, comma);
    const std::string_view element = trimmed(text);
    if (!element.empty()) {
      // A list may have white space beside its commas, but not before its first element.
      const bool is_misplaced = is_first && element.data() != text.data();
      if (only || is_misplaced) return std::nullopt;
      only = element;
    }
    if (comma == list.npos) return only;
    list.remove_prefix(comma + 1);
  }
}

WantedPart suffix(std::string_view digits, std::uint64_t size) noexcept {
  const auto length = Number::parse(digits);
  if (!length) return {};
  if (length->value() == 0) return {WantedPart::Kind::unsatisfiable};
  return {WantedPart::Kind::part, {size - std::min(length->value(), size), size - 1}};
}

WantedPart part_from(std::string_view first_digits, std::string_view last_digits,
                     std::uint64_t size) noexcept {
  const auto first = Number::parse(first_digits);
  const auto last = Number::parse(last_digits);
  if (!first || (!last && !last_digits.empty()) || (last && *last < *first)) return {};
  if (first->value() >= size) return {WantedPart::Kind::unsatisfiable};
  return {WantedPart::Kind::part,
          {first->value(), last ? std::min(last->value(), size - 1) : size - 1}};
}

}  // namespace

WantedPart wanted_part(std::string_view range, std::uint64_t size) noexcept {
  const std::size_t equals = range.find('=');
  if (equals == range.npos || !same_name(range.substr(0, equals), "bytes") || size == 0) return {};
  const auto spec = only_element(range.substr(equals + 1));
  if (!spec) return {};
  const std::size_t dash = spec->find('-');
  if (dash == spec->npos) return {};
  if (dash == 0) return suffix(spec->substr(1), size);
  return part_from(spec->substr(0, dash), spec->substr(dash + 1), size);
}

}  // namespace weir::http
