#include "http/media_type.h"

#include "http/text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace weir::http {
namespace {

using Type = std::pair<std::string_view, std::string_view>;

constexpr std::array kTypes{
    Type{"avif", "image/avif"},
    Type{"bin", "application/octet-stream"},
    Type{"br", "application/x-brotli"},
    Type{"bz2", "application/x-bzip2"},
    Type{"c", "text/plain; charset=utf-8"},
    Type{"cc", "text/plain; charset=utf-8"},
    Type{"cpp", "text/plain; charset=utf-8"},
    Type{"css", "text/css; charset=utf-8"},
    Type{"csv", "text/csv; charset=utf-8"},
    Type{"gif", "image/gif"},
    Type{"gz", "application/gzip"},
    Type{"h", "text/plain; charset=utf-8"},
    Type{"htm", "text/html; charset=utf-8"},
    Type{"html", "text/html; charset=utf-8"},
    Type{"ico", "image/vnd.microsoft.icon"},
    Type{"jpeg", "image/jpeg"},
    Type{"jpg", "image/jpeg"},
    Type{"js", "text/javascript; charset=utf-8"},
    Type{"json", "application/json"},
    Type{"log", "text/plain; charset=utf-8"},
    Type{"md", "text/markdown; charset=utf-8"},
    Type{"mjs", "text/javascript; charset=utf-8"},
    Type{"mp3", "audio/mpeg"},
    Type{"mp4", "video/mp4"},
    Type{"ogg", "audio/ogg"},
    Type{"otf", "font/otf"},
    Type{"pdf", "application/pdf"},
    Type{"png", "image/png"},
    Type{"svg", "image/svg+xml"},
    Type{"tar", "application/x-tar"},
    Type{"ttf", "font/ttf"},
    Type{"txt", "text/plain; charset=utf-8"},
    Type{"wasm", "application/wasm"},
    Type{"wav", "audio/wav"},
    Type{"webm", "video/webm"},
    Type{"webp", "image/webp"},
    Type{"woff", "font/woff"},
    Type{"woff2", "font/woff2"},
    Type{"xml", "application/xml"},
    Type{"zip", "application/zip"},
    Type{"zst", "application/zstd"},
};
static_assert(std::ranges::is_sorted(kTypes));

}  // namespace

std::string_view media_type(std::string_view name) noexcept {
  const auto dot = name.rfind('.');
  const std::string_view end = dot == name.npos ? std::string_view() : name.substr(dot + 1);
  const auto found =
      std::ranges::find_if(kTypes, [end](const Type& type) { return same_name(type.first, end); });
  return found == kTypes.end() ? "application/octet-stream" : found->second;
}

}  // namespace weir::http
