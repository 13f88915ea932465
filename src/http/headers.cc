#include <weir/http/headers.h>

#include "http/text.h"
#include <weir/base/error.h>
#include <weir/http/errors.h>

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace weir::http {
namespace {

// Names that keep the first of several lines. Node: matchKnownFields.
constexpr std::array<std::string_view, 18> kFirstWins{"age",
                                                      "authorization",
                                                      "content-length",
                                                      "content-type",
                                                      "etag",
                                                      "expires",
                                                      "from",
                                                      "host",
                                                      "location",
                                                      "if-modified-since",
                                                      "max-forwards",
                                                      "if-unmodified-since",
                                                      "referer",
                                                      "last-modified",
                                                      "retry-after",
                                                      "proxy-authorization",
                                                      "user-agent",
                                                      "server"};

bool first_wins(std::string_view name) {
  return std::ranges::any_of(kFirstWins,
                             [name](std::string_view known) { return same_name(name, known); });
}

}  // namespace

Headers::Headers(std::initializer_list<Field> fields) {
  for (const Field& field : fields) push_back(field.name, field.value);
}

std::optional<std::string> Headers::get(std::string_view name) const {
  std::size_t at = find(name);
  if (at == size()) return std::nullopt;
  std::string joined((*this)[at].value);
  at = find(name, at + 1);
  if (at == size() || (!joins_all_ && first_wins(name))) return joined;
  const std::string_view between = same_name(name, "cookie") ? "; " : ", ";
  for (; at < size(); at = find(name, at + 1)) {
    joined += between;
    joined += (*this)[at].value;
  }
  return joined;
}

std::optional<std::string_view> Headers::first(std::string_view name) const noexcept {
  const std::size_t at = find(name);
  if (at == size()) return std::nullopt;
  return (*this)[at].value;
}

std::vector<std::string_view> Headers::get_all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (std::size_t at = find(name); at < size(); at = find(name, at + 1))
    values.push_back((*this)[at].value);
  return values;
}

std::vector<std::string_view> Headers::names() const {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < size(); ++i)
    if (find((*this)[i].name) == i) names.push_back((*this)[i].name);
  return names;
}

void Headers::set(std::string_view name, std::string_view value) {
  const std::size_t at = find(name);
  if (at == size()) return push_back(name, value);
  for (std::size_t other = find(name, at + 1); other < size(); other = find(name, other))
    lines_.erase(other);
  lines_.replace(at, name, value);
}

void Headers::append(std::string_view name, std::string_view value) {
  std::size_t behind = size();
  for (std::size_t at = find(name); at < size(); at = find(name, at + 1)) behind = at + 1;
  lines_.insert(behind, name, value);
}

void Headers::push_back(std::string_view name, std::string_view value) {
  lines_.insert(size(), name, value);
}

bool Headers::remove(std::string_view name) {
  const std::size_t before = size();
  for (std::size_t at = find(name); at < size(); at = find(name, at)) lines_.erase(at);
  return size() < before;
}

void Headers::clear() noexcept { lines_.clear(); }

void Headers::reserve(std::size_t lines, std::size_t bytes) { lines_.reserve(lines, bytes); }

std::size_t Headers::find(std::string_view name, std::size_t from) const noexcept {
  while (from < size() && !same_name((*this)[from].name, name)) ++from;
  return from;
}

bool operator==(const Headers& a, const Headers& b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

void validate_header_name(std::string_view name, std::string_view label) {
  if (is_token(name)) return;
  throw Error(Errc::invalid_http_token,
              fmt::format("{} must be a valid HTTP token [\"{}\"]", label, name));
}

void validate_header_value(std::string_view name, std::string_view value) {
  if (!value.data())
    throw Error(Errc::invalid_header_value,
                fmt::format("Invalid value \"undefined\" for header \"{}\"", name));
  if (!is_header_text(value))
    throw Error(Errc::invalid_char,
                fmt::format("Invalid character in header content [\"{}\"]", name));
}

}  // namespace weir::http
