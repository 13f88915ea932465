// support/allocations.h - how often the program has asked for memory with `new`.
//
//   if (!counts_allocations()) GTEST_SKIP();
//   const std::size_t before = allocations();
#pragma once

#include <cstddef>

namespace weir::test {

// False with a sanitizer, which replaces these operators.
bool counts_allocations() noexcept;
std::size_t allocations() noexcept;

}  // namespace weir::test
