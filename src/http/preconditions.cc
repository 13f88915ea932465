#include "http/preconditions.h"

#include "http/date.h"
#include "http/entity_tag.h"

#include <ctime>
#include <optional>

namespace weir::http {
namespace {

// Nullopt for a date to be ignored: malformed, or more than one.
std::optional<std::time_t> date_in(const Headers& request, std::string_view name, std::time_t now) {
  const auto value = request.first(name);
  if (!value || request.get_all(name).size() > 1) return std::nullopt;
  return parse_http_date(*value, now);
}

bool lists(const Headers& request, std::string_view name, const Validators& now,
           TagComparison comparison) {
  return lists_tag(*request.get(name), now.etag, comparison);
}

bool is_wanted_state(const Headers& request, const Validators& now) {
  if (request.has("if-match")) return lists(request, "if-match", now, TagComparison::strong);
  const auto date = date_in(request, "if-unmodified-since", now.looked_at);
  return !date || now.modified <= *date;
}

bool is_known_state(const Headers& request, const Validators& now, bool reads) {
  if (request.has("if-none-match"))
    return lists(request, "if-none-match", now, TagComparison::weak);
  if (!reads) return false;
  const auto date = date_in(request, "if-modified-since", now.looked_at);
  return date && now.modified <= *date;
}

}  // namespace

Verdict check_preconditions(std::string_view method, const Headers& request,
                            const Validators& now) {
  const bool reads = method == "GET" || method == "HEAD";
  if (!is_wanted_state(request, now)) return Verdict::failed;
  if (!is_known_state(request, now, reads)) return Verdict::perform;
  return reads ? Verdict::not_modified : Verdict::failed;
}

bool range_may_apply(const Headers& request, const Validators& now) {
  const auto condition = request.first("if-range");
  if (!condition) return true;
  if (request.get_all("if-range").size() > 1) return false;
  if (condition->starts_with('"') || condition->starts_with("W/"))
    return same_tag(*condition, now.etag, TagComparison::strong);
  return now.has_strong_date() && parse_http_date(*condition, now.looked_at) == now.modified;
}

}  // namespace weir::http
