#include "weir/conditions.h"

#include "weir/http_date.h"
#include "weir/options.h"

#include <algorithm>

#include <fmt/format.h>

namespace tool {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t";
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

// Whether the list of tags has it; a weak tag is as good as the strong one here.
bool has_tag(std::string_view list, std::string_view etag) {
  if (trimmed(list) == "*") return true;
  while (!list.empty()) {
    const auto comma = list.find(',');
    std::string_view tag = trimmed(list.substr(0, comma));
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == etag) return true;
    list = comma == list.npos ? std::string_view() : list.substr(comma + 1);
  }
  return false;
}

// Whether the part is one of what the client has the other parts of.
bool is_of_same_state(const weir::http::Headers& request, const Validators& now) {
  const auto condition = request.get("if-range");
  if (!condition) return true;
  if (condition->starts_with('"')) return *condition == now.etag;
  return parse_http_date(*condition) == now.modified;
}

}  // namespace

Validators validators_of(const struct stat& file) {
  return {.etag = fmt::format("\"{:x}.{:x}-{:x}\"", file.st_mtim.tv_sec, file.st_mtim.tv_nsec,
                              file.st_size),
          .modified = file.st_mtim.tv_sec};
}

bool is_known(const weir::http::Headers& request, const Validators& now) {
  if (const auto tags = request.get("if-none-match")) return has_tag(*tags, now.etag);
  const auto since = request.get("if-modified-since");
  if (!since) return false;
  const auto time = parse_http_date(*since);
  return time && now.modified <= *time;
}

WantedRange wanted_range(const weir::http::Headers& request, const Validators& now,
                         std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  const auto header = request.get("range");
  if (!header || !header->starts_with(kUnit)) return {};
  const std::string_view text = trimmed(std::string_view(*header).substr(kUnit.size()));
  const auto dash = text.find('-');
  if (dash == text.npos) return {};
  const auto first = parse_count(text.substr(0, dash));
  const auto last = parse_count(text.substr(dash + 1));
  if (!first && dash != 0) return {};
  if (!last && dash + 1 != text.size()) return {};
  if (first && last && *last < *first) return {};
  if (!first && !last) return {};
  if (!is_of_same_state(request, now)) return {};

  using Kind = WantedRange::Kind;
  if (!first) {  // so many at the end
    if (*last == 0 || size == 0) return {Kind::nowhere};
    return {Kind::part, {size - std::min(*last, size), size - 1}};
  }
  if (*first >= size) return {Kind::nowhere};
  return {Kind::part, {*first, std::min(last.value_or(size - 1), size - 1)}};
}

}  // namespace tool
