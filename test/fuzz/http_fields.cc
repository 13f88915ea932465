// Any headers of a request: their values are evaluated as a FileServer and the parser do, and what
// they yield stays within its bounds.
//
// The input is a target, a line end, and lines "name: value".
#include "http/accept_encoding.h"
#include "http/basic_auth.h"
#include "http/body_length.h"
#include "http/byte_range.h"
#include "http/date.h"
#include "http/entity_tag.h"
#include "http/host.h"
#include "http/preconditions.h"
#include "http/request_path.h"
#include "http/text.h"
#include "support/require.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using weir::test::require;
namespace http = weir::http;

constexpr std::time_t kNow = 1'700'000'000;

std::string_view next_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
  return line;
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

void check_range(std::string_view value) {
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1000},
                                   std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    const http::WantedPart wanted = http::wanted_part(value, size);
    if (wanted.kind == http::WantedPart::Kind::whole) continue;
    require(size > 0);
    if (wanted.kind == http::WantedPart::Kind::unsatisfiable) continue;
    require(wanted.range.first <= wanted.range.last && wanted.range.last < size);
  }
}

void check_codings(std::string_view value) {
  constexpr std::array<std::string_view, 4> kCodings{"zstd", "br", "gzip", "x"};
  const auto order = http::by_weight(value, kCodings);
  require(order.size() <= kCodings.size());
  int before = 1000;
  for (const std::size_t i : order) {
    const int weight = http::weight_of(value, kCodings.at(i));
    require(weight > 0 && weight <= before && weight >= http::weight_of(value, "identity"));
    before = weight;
  }
  const auto best = http::best_coding(value, kCodings);
  require(best.has_value() == !order.empty() && (!best || *best == order.front()));
}

void check_tags(std::string_view value, std::string_view other) {
  using enum http::TagComparison;
  require(http::same_tag(value, other, weak) == http::same_tag(other, value, weak));
  require(http::same_tag(value, other, strong) == http::same_tag(other, value, strong));
  require(!http::same_tag(value, other, strong) || http::same_tag(value, other, weak));
  for (const std::string_view tag : {"\"x\"", "W/\"x\""})
    require(!http::lists_tag(value, tag, strong) || http::lists_tag(value, tag, weak));
}

void check_date(std::string_view value) {
  const auto time = http::parse_http_date(value, kNow);
  if (!time) return;
  const std::string text = http::http_date(*time);
  require(text.size() == http::kDateSize && http::parse_http_date(text, kNow) == time);
}

void check_authorization(std::string_view value) {
  const std::array<http::BasicUser, 2> users{
      {{.name = "user", .password = "secret"}, {.name = "", .password = ""}}};
  const http::BasicUser* const user = http::authorized_user(value, users);
  if (user) require(http::user_name(value) == user->name);
  require(http::user_name(value).size() <= value.size());
}

void check_target(std::string_view url) {
  require(!http::is_authority(url) || http::is_host(url));
  const http::RequestPath request = http::parse_request_path(url);
  if (request.refusal) return require(request.path.empty());
  require(request.path.find('\0') == std::string::npos && !request.path.starts_with('/'));
  require(("/" + request.path + "/").find("/../") == std::string::npos);
  require(("/" + request.path + "/").find("/./") == std::string::npos);
  require(request.query.empty() || request.query.starts_with('?'));
  // A redirect to the folder leads to the same path.
  const std::string folder = http::folder_url(request.path);
  require(is_printable(folder) && is_printable(http::printable_url_part(request.query)));
  const http::RequestPath again = http::parse_request_path(folder);
  require(!again.refusal && again.path == request.path && again.is_folder);
  require(http::path_below("", request.path) == request.path);
  if (const auto below = http::path_below("a", request.path))
    require(request.path == "a" || request.path == "a/" + *below);
}

void check_framing(const http::FramingFields& fields) {
  require(!fields.is_chunked() || (fields.has_encoding() && fields.is_encoding_valid()));
  for (const std::string_view method : {"GET", "HEAD", "POST", "CONNECT"}) {
    const http::BodyLength request = http::length_of_request(fields, method);
    // A request's body never lasts until the connection's end.
    require(request.body != http::Body::until_close);
    require(request.body != http::Body::sized || request.size == fields.length());
    for (const int status : {100, 200, 204, 304}) {
      const http::BodyLength response = http::length_of_response(fields, status, method);
      if (response.fault != http::ParseErrc::none) continue;
      require(response.body != http::Body::until_close ||
              !http::keeps_alive(fields, 1, response.body));
      const bool is_tunnel = method == "CONNECT" && status / 100 == 2;
      require(is_tunnel == (response.body == http::Body::tunnel));
      if (!is_tunnel && (method == "HEAD" || status != 200))
        require(response.body == http::Body::none);
    }
    for (const int minor : {0, 1})
      if (http::wants_upgrade(fields, method, minor))
        require(method == "CONNECT" || fields.says_upgrade());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const std::string_view url = next_line(rest);
  check_target(url);

  http::Headers headers;
  http::FramingFields fields;
  bool is_refused = false;
  std::string_view before = url;
  while (!rest.empty()) {
    const std::string_view line = next_line(rest);
    const std::size_t colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    const std::string_view value =
        colon == line.npos ? std::string_view() : http::trimmed(line.substr(colon + 1));
    check_range(value);
    check_codings(value);
    check_tags(value, before);
    check_date(value);
    check_authorization(value);
    before = value;
    if (!http::is_token(name) || !http::is_header_text(value)) continue;
    headers.push_back(name, value);
    is_refused = is_refused || fields.note(name, value, false) != http::ParseErrc::none;
  }
  if (!is_refused) check_framing(fields);

  const http::Validators file{.etag = "\"x\"", .modified = kNow - 10, .looked_at = kNow};
  for (const std::string_view method : {"GET", "PUT"}) {
    const http::Verdict verdict = http::check_preconditions(method, headers, file);
    require(verdict != http::Verdict::not_modified || method == "GET");
  }
  static_cast<void>(http::range_may_apply(headers, file));
  return 0;
}
