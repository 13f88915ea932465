#include <weir/base/assert.h>

#include <cstdio>
#include <cstdlib>

namespace weir::internal {

void assertion_failed(const char* kind, const char* condition, const char* file,
                      int line) noexcept {
  std::fprintf(stderr, "weir: %s failed: %s (%s:%d)\n", kind, condition, file, line);
  std::abort();
}

}  // namespace weir::internal
