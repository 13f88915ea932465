#include "http/known_files.h"

#include <functional>

namespace weir::http {

KnownFiles::Name& KnownFiles::at(std::string_view path) {
  if (names_.empty()) names_.resize(kMost);
  Name& name = names_[std::hash<std::string_view>()(path) % kMost];
  if (name.path != path) name = {.path = std::string(path), .examined = 0, .head = {}};
  return name;
}

}  // namespace weir::http
