#include "http/request_path.h"

#include "http/status_code.h"
#include "http/text.h"

#include <charconv>
#include <system_error>

#include <fmt/format.h>

namespace weir::http {
namespace {

struct Target {
  std::string_view path;
  std::string_view query;  // with its question mark
};

// Splits "/a?b" and "http://host/a?b": a server must accept both forms.
Target split(std::string_view url) {
  if (!url.starts_with('/')) {
    const auto scheme = url.find("://");
    if (scheme == url.npos) return {"/", {}};
    const auto end = url.find_first_of("/?#", scheme + 3);
    url = end == url.npos ? std::string_view() : url.substr(end);
  }
  url = url.substr(0, url.find('#'));
  const auto question = url.find('?');
  const std::string_view path = url.substr(0, question);
  return {path.empty() ? "/" : path,
          question == url.npos ? std::string_view() : url.substr(question)};
}

// Nullopt for a malformed escape, and for characters that no file name contains.
std::optional<std::string> decode_part(std::string_view part) {
  std::string name;
  name.reserve(part.size());
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part[i] == '\0') return std::nullopt;
    if (part[i] != '%') {
      name += part[i];
      continue;
    }
    const char* const digits = part.data() + i + 1;
    unsigned char byte = 0;
    if (part.size() - i < 3) return std::nullopt;
    const auto [end, failed] = std::from_chars(digits, digits + 2, byte, 16);
    if (failed != std::errc() || end != digits + 2 || byte == '\0' || byte == '/')
      return std::nullopt;
    name += static_cast<char>(byte);
    i += 2;
  }
  return name;
}

void append_encoded_unless(bool is_plain, char c, std::string& text) {
  if (is_plain)
    text += c;
  else
    text += fmt::format("%{:02X}", static_cast<unsigned char>(c));
}

}  // namespace

RequestPath parse_request_path(std::string_view url) {
  const Target target = split(url);
  std::string_view rest = target.path;
  RequestPath request{.path = {}, .is_folder = rest.ends_with('/'), .query = target.query};
  while (!rest.empty()) {
    const auto end = rest.find('/');
    const auto name = decode_part(rest.substr(0, end));
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
    if (!name) return {.path = {}, .refusal = kBadRequest};
    if (*name == "..") return {.path = {}, .refusal = kForbidden};
    if (name->empty() || *name == ".") continue;
    if (!request.path.empty()) request.path += '/';
    request.path += *name;
  }
  return request;
}

std::optional<std::string> path_below(std::string_view prefix, std::string_view path) {
  if (!path.starts_with(prefix)) return std::nullopt;
  path.remove_prefix(prefix.size());
  if (prefix.empty() || path.empty()) return std::string(path);
  if (path.front() != '/') return std::nullopt;
  return std::string(path.substr(1));
}

std::string encode_path_part(std::string_view name) {
  static constexpr CharSet kPlain("-._~");
  std::string part;
  for (const char c : name) append_encoded_unless(kPlain.has(c), c, part);
  return part;
}

std::string folder_url(std::string_view path) {
  std::string url = "/";
  while (!path.empty()) {
    const auto slash = path.find('/');
    url += encode_path_part(path.substr(0, slash)) + "/";
    path = slash == path.npos ? std::string_view() : path.substr(slash + 1);
  }
  return url;
}

std::string printable_url_part(std::string_view text) {
  std::string part;
  for (const char c : text) append_encoded_unless(c > ' ' && c < '\x7f', c, part);
  return part;
}

}  // namespace weir::http
