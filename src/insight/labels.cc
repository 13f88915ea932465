#include "insight/labels.h"

#include <initializer_list>

namespace weir::insight {
namespace {

bool remove_prefix(std::string_view& text, std::initializer_list<std::string_view> prefixes) {
  for (const std::string_view prefix : prefixes) {
    if (!text.starts_with(prefix)) continue;
    text.remove_prefix(prefix.size());
    return true;
  }
  return false;
}

}  // namespace

Label label_of(std::string_view description) {
  remove_prefix(description, {"a ", "an "});
  const std::size_t space = description.find(' ');
  if (space == std::string_view::npos) return {std::string(description), {}};
  std::string_view name = description.substr(space + 1);
  remove_prefix(name, {"to ", "of ", "at ", "over "});
  if (name.size() > 1 && name.starts_with('\'') && name.ends_with('\''))
    name = name.substr(1, name.size() - 2);
  return {std::string(description.substr(0, space)), std::string(name)};
}

}  // namespace weir::insight
