#include <weir/event/thread_check.h>

#include <cstdio>
#include <cstdlib>

namespace weir::internal {
namespace {

int length_of(std::string_view text) noexcept { return static_cast<int>(text.size()); }

}  // namespace

void wrong_thread(std::string_view call, std::string_view object) noexcept {
  std::fprintf(stderr,
               "weir: %.*s() on %.*s was called on another thread than its loop's: use Loop::post "
               "to call it there\n",
               length_of(call), call.data(), length_of(object), object.data());
  std::abort();
}

void report_outlived(std::string_view call, std::string_view object) noexcept {
  std::fprintf(stderr,
               "(weir) OutlivedLoopWarning: %.*s() on %.*s does nothing: its Loop is gone\n",
               length_of(call), call.data(), length_of(object), object.data());
}

}  // namespace weir::internal
