#include "http/url.h"

#include "http/text.h"
#include <weir/base/error.h>
#include <weir/http/errors.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <uriparser/Uri.h>

namespace weir::http {
namespace {

constexpr std::uint16_t kMostPort = 65535;

bool is_hex(char c) { return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'f'); }

bool is_escape(std::string_view text) {
  return text.size() >= 3 && text[0] == '%' && is_hex(text[1]) && is_hex(text[2]);
}

// The offset of the path, query or fragment after the authority; the text's size if there is none.
std::size_t authority_end(std::string_view text) {
  const std::size_t slashes = text.find("//");
  if (slashes == text.npos) return text.size();
  return std::min(text.find_first_of("/?#", slashes + 2), text.size());
}

// Percent-encodes the characters that RFC 3986 does not allow. Node leaves some of them as they
// are, which has the same meaning.
std::string encoded(std::string_view text) {
  constexpr std::string_view kForbidden = "\"<>\\^`{|}";
  const std::size_t path = authority_end(text);
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const auto byte = static_cast<unsigned char>(c);
    const bool is_bracket = at >= path && (c == '[' || c == ']');
    const bool is_stray = c == '%' && !is_escape(text.substr(at));
    if (byte <= 0x20 || byte >= 0x7f || kForbidden.contains(c) || is_bracket || is_stray)
      fmt::format_to(std::back_inserter(result), "%{:02X}", byte);
    else
      result += c;
  }
  return result;
}

std::string_view view(const UriTextRangeA& range) {
  if (!range.first) return {};
  return {range.first, static_cast<std::size_t>(range.afterLast - range.first)};
}

std::string lowered(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), lower);
  return result;
}

std::string decoded(std::string_view text) {
  std::string result(text);
  const char* const end = uriUnescapeInPlaceA(result.data());
  result.resize(static_cast<std::size_t>(end - result.data()));
  return result;
}

Error invalid_url() { return Errc::invalid_url; }

std::int64_t port_of(std::string_view digits) {
  std::uint16_t port = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (parsed.ec != std::errc() || port > kMostPort) throw invalid_url();
  return port;
}

std::string path_of(const UriUriA& uri) {
  std::string path;
  for (const UriPathSegmentA* segment = uri.pathHead; segment; segment = segment->next)
    path.append("/").append(view(segment->text));
  if (path.empty()) path = "/";
  if (uri.query.first) path.append("?").append(view(uri.query));
  return path;
}

std::string_view without_spaces_around(std::string_view text) {
  const auto is_space = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

RequestOptions parse_url(std::string_view text) {
  text = without_spaces_around(text);
  // A backslash in the authority is ambiguous: Node reads it as a slash, other parsers as part of
  // the user's name.
  if (text.substr(0, authority_end(text)).contains('\\')) throw invalid_url();
  const std::string url = encoded(text);
  UriUriA uri;
  const char* error_at = nullptr;
  if (uriParseSingleUriExA(&uri, url.data(), url.data() + url.size(), &error_at) != URI_SUCCESS)
    throw invalid_url();
  const std::unique_ptr<UriUriA, void (*)(UriUriA*)> owner(&uri, uriFreeUriMembersA);
  if (uriNormalizeSyntaxExA(&uri, URI_NORMALIZE_PATH) != URI_SUCCESS) throw invalid_url();
  const std::string_view host = view(uri.hostText);
  // IPvFuture addresses can be neither resolved nor connected to.
  const bool is_future = uri.hostData.ipFuture.first != nullptr;
  if (!uri.scheme.first || host.empty() || host.contains('%') || is_future) throw invalid_url();

  RequestOptions options;
  options.protocol = lowered(view(uri.scheme)) + ":";
  options.host = lowered(host);
  if (const std::string_view digits = view(uri.portText); !digits.empty())
    options.port = port_of(digits);
  options.path = path_of(uri);
  options.auth = decoded(view(uri.userInfo));
  return options;
}

}  // namespace weir::http
