#include "inspect/command_text.h"

#include <algorithm>
#include <array>

namespace weir::internal {
namespace {

constexpr std::string_view kCut = "***";

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_secret(std::string_view name) {
  constexpr std::array<std::string_view, 4> kEnds = {"token", "password", "passwd", "secret"};
  return std::ranges::any_of(kEnds, [name](std::string_view end) {
    return name.size() >= end.size() &&
           std::ranges::equal(name.substr(name.size() - end.size()), end, {}, lower);
  });
}

// To the last "@": a password may contain one, and a list of hosts several.
std::string without_user(std::string_view text) {
  constexpr std::string_view kScheme = "://";
  std::string shown;
  for (auto end = text.find(kScheme); end != text.npos; end = text.find(kScheme)) {
    shown += text.substr(0, end + kScheme.size());
    text.remove_prefix(end + kScheme.size());
    const auto at = text.substr(0, text.find_first_of("/?#")).rfind('@');
    if (at != text.npos) text.remove_prefix(at + 1);
  }
  return shown.append(text);
}

// An option's value ends with the argument, a URL's parameter before the next one.
std::string without_values(std::string_view text) {
  const bool is_option = text.starts_with('-');
  std::string shown;
  for (auto equal = text.find('='); equal != text.npos; equal = text.find('=')) {
    const bool is_cut = is_secret(text.substr(0, equal));
    shown += text.substr(0, equal + 1);
    text.remove_prefix(equal + 1);
    if (!is_cut) continue;
    shown += kCut;
    text.remove_prefix(is_option ? text.size() : std::min(text.find_first_of("&#"), text.size()));
  }
  return shown.append(text);
}

}  // namespace

std::string command_text(std::string_view arguments) {
  std::string shown;
  bool is_cut = false;  // the argument after the option
  while (!arguments.empty()) {
    const std::string_view argument = arguments.substr(0, arguments.find('\0'));
    arguments.remove_prefix(std::min(argument.size() + 1, arguments.size()));
    if (!shown.empty()) shown += ' ';
    shown += is_cut ? std::string(kCut) : without_values(without_user(argument));
    is_cut = argument.starts_with('-') && is_secret(argument);
  }
  return shown;
}

}  // namespace weir::internal
