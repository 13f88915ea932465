// weir/base/assert.h - checks that stay on in every build.
//
// WEIR_ASSERT states what weir itself guarantees: its failure is a bug in weir.
// WEIR_REQUIRE states what a caller owes: its failure is a broken contract of the function named.
#pragma once

namespace weir::internal {
[[noreturn]] void assertion_failed(const char* kind, const char* condition, const char* file,
                                   int line) noexcept;
}

#define WEIR_CHECK_AS_(kind, condition) \
  ((condition) ? void() : ::weir::internal::assertion_failed(kind, #condition, __FILE__, __LINE__))
#define WEIR_ASSERT(condition) WEIR_CHECK_AS_("assertion", condition)
#define WEIR_REQUIRE(condition) WEIR_CHECK_AS_("requirement", condition)
