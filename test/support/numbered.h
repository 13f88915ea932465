// support/numbered.h - text of any size in which no place looks like another.
#pragma once

#include <cstddef>
#include <string>

namespace weir::test {

// "0 1 2 3 ...", cut off.
inline std::string numbered(std::size_t size) {
  static std::string all;
  for (static int next = 0; all.size() < size; ++next) all += std::to_string(next) + " ";
  return all.substr(0, size);
}

}  // namespace weir::test
