#include "http/accept_encoding.h"

#include "http/text.h"

#include <algorithm>
#include <array>
#include <functional>

namespace weir::http {
namespace {

constexpr int kFull = 1000;

std::string_view next_part(std::string_view& rest, char separator) noexcept {
  const auto end = rest.find(separator);
  const std::string_view part = trimmed(rest.substr(0, end));
  rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
  return part;
}

// "0", "1", "0.5", "0.123", "1.000"; nullopt for other texts.
std::optional<int> parse_weight(std::string_view text) noexcept {
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  int weight = (text[0] - '0') * kFull;
  if (text.size() == 1) return weight;
  if (text[1] != '.' || text.size() > 5) return std::nullopt;
  int place = kFull / 10;
  for (const char c : text.substr(2)) {
    if (c < '0' || c > '9') return std::nullopt;
    weight += (c - '0') * place;
    place /= 10;
  }
  return weight <= kFull ? std::optional(weight) : std::nullopt;
}

struct Element {
  std::string_view coding;
  int weight = kFull;
};

std::optional<Element> parse_element(std::string_view text) noexcept {
  Element element{.coding = next_part(text, ';')};
  while (!text.empty()) {
    const std::string_view parameter = next_part(text, ';');
    if (parameter.size() < 2 || lower(parameter[0]) != 'q' || parameter[1] != '=') continue;
    const auto weight = parse_weight(parameter.substr(2));
    if (!weight) return std::nullopt;
    element.weight = *weight;
  }
  return element;
}

bool names(std::string_view mentioned, std::string_view coding) noexcept {
  // RFC 9110, 8.4.1.3.
  return same_name(mentioned, coding) || (coding == "gzip" && same_name(mentioned, "x-gzip"));
}

// The weight of what the header mentions by name, or of "*".
std::optional<int> mentioned_weight(std::string_view header, std::string_view coding) noexcept {
  std::optional<int> of_any;
  while (!header.empty()) {
    const auto element = parse_element(next_part(header, ','));
    if (!element) continue;
    if (names(element->coding, coding)) return element->weight;
    if (element->coding == "*") of_any = element->weight;
  }
  return of_any;
}

}  // namespace

int weight_of(std::string_view accept_encoding, std::string_view coding) noexcept {
  return mentioned_weight(accept_encoding, coding).value_or(0);
}

std::vector<std::size_t> by_weight(std::string_view accept_encoding,
                                   std::span<const std::string_view> codings) {
  // Not mentioned, the content itself is only the last choice.
  const int itself = weight_of(accept_encoding, "identity");
  const auto weight = [&](std::size_t i) { return weight_of(accept_encoding, codings[i]); };
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < codings.size(); ++i)
    if (weight(i) > 0 && weight(i) >= itself) order.push_back(i);
  std::ranges::stable_sort(order, std::ranges::greater(), weight);
  return order;
}

std::optional<std::size_t> best_coding(std::string_view accept_encoding,
                                       std::span<const std::string_view> codings) {
  const std::vector<std::size_t> order = by_weight(accept_encoding, codings);
  return order.empty() ? std::nullopt : std::optional(order.front());
}

bool is_compressible(std::string_view media_type) noexcept {
  static constexpr std::array<std::string_view, 6> kTypes{
      "application/json", "application/xml",   "application/wasm",
      "image/svg+xml",    "application/x-tar", "image/vnd.microsoft.icon"};
  media_type = media_type.substr(0, media_type.find(';'));
  return media_type.starts_with("text/") || media_type.starts_with("font/ttf") ||
         media_type.starts_with("font/otf") ||
         std::ranges::find(kTypes, media_type) != kTypes.end();
}

}  // namespace weir::http
