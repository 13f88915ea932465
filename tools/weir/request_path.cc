#include "weir/request_path.h"

#include <charconv>

#include <fmt/format.h>

namespace tool {
namespace {

constexpr int kMalformed = 400;
constexpr int kForbidden = 403;

// The path of "/a?b", and of "http://host/a?b", which a server has to take as well.
std::string_view path_of(std::string_view url) {
  if (!url.starts_with('/')) {
    const auto scheme = url.find("://");
    const auto slash = scheme == url.npos ? url.npos : url.find('/', scheme + 3);
    url = slash == url.npos ? std::string_view("/") : url.substr(slash);
  }
  return url.substr(0, url.find_first_of("?#"));
}

// Nothing where an escape is none, or stands for what no name can hold.
std::optional<std::string> decode_part(std::string_view part) {
  std::string name;
  name.reserve(part.size());
  for (std::size_t i = 0; i < part.size(); ++i) {
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

}  // namespace

RequestPath parse_request_path(std::string_view url) {
  std::string_view rest = path_of(url);
  RequestPath request{.path = {}, .is_folder = rest.ends_with('/')};
  while (!rest.empty()) {
    const auto end = rest.find('/');
    const auto name = decode_part(rest.substr(0, end));
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
    if (!name) return {.path = {}, .refusal = kMalformed};
    if (*name == "..") return {.path = {}, .refusal = kForbidden};
    if (name->empty() || *name == ".") continue;
    if (!request.path.empty()) request.path += '/';
    request.path += *name;
  }
  return request;
}

std::string encode_path_part(std::string_view name) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string part;
  for (const char c : name) {
    if (kPlain.find(c) != kPlain.npos)
      part += c;
    else
      part += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return part;
}

}  // namespace tool
