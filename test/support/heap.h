// support/heap.h - how much memory the program has allocated and not freed.
//
//   if (!counts_the_heap()) GTEST_SKIP();
//   const std::size_t before = heap_in_use();
#pragma once

#include <cstddef>
#include <string>

#include <malloc.h>

namespace weir::test {

inline std::size_t heap_in_use() {
  const auto heap = ::mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

// False with a sanitizer, which replaces the heap.
inline bool counts_the_heap() {
  const std::size_t before = heap_in_use();
  const std::string large(std::size_t{1} << 20, 'x');
  return heap_in_use() >= before + large.size();
}

}  // namespace weir::test
