// support/descriptors.h - the number of the process's open descriptors.
//
//   const std::size_t before = open_descriptors();
//   ...
//   EXPECT_EQ(open_descriptors(), before);
#pragma once

#include <cstddef>
#include <filesystem>
#include <iterator>

namespace weir::test {

inline std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace weir::test
