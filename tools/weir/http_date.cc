#include "weir/http_date.h"

#include <array>

namespace tool {
namespace {

constexpr const char* kUsual = "%a, %d %b %Y %H:%M:%S GMT";
constexpr std::array kForms{kUsual, "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"};

}  // namespace

std::string http_date(std::time_t time) {
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  std::array<char, 64> text;
  return {text.data(), std::strftime(text.data(), text.size(), kUsual, &parts)};
}

std::optional<std::time_t> parse_http_date(const std::string& text) {
  for (const char* const form : kForms) {
    std::tm parts{};
    const char* const end = ::strptime(text.c_str(), form, &parts);
    if (end && *end == '\0') return ::timegm(&parts);
  }
  return std::nullopt;
}

}  // namespace tool
