// weir/base/assert.h - assertions that stay on in release builds.
//
// - WEIR_ASSERT checks a guarantee of weir's. Its failure is a bug in weir.
// - WEIR_REQUIRE checks a REQUIRES of a function. Its failure is a bug in the caller.
#pragma once

namespace weir::internal {
[[noreturn]] void assertion_failed(const char* kind, const char* condition, const char* file,
                                   int line) noexcept;
}

#define WEIR_CHECK_AS_(kind, condition) \
  ((condition) ? void() : ::weir::internal::assertion_failed(kind, #condition, __FILE__, __LINE__))
#define WEIR_ASSERT(condition) WEIR_CHECK_AS_("assertion", condition)
#define WEIR_REQUIRE(condition) WEIR_CHECK_AS_("requirement", condition)
