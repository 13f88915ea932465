#include <weir/loop/crash_flush.h>

#include "loop/crash_loop.h"
#include <weir/base/error.h>

namespace weir {

CrashFlush::CrashFlush(Loop& loop, const CrashFlushOptions& options) {
  WEIR_CHECK_THREAD(loop.ticks(), "CrashFlush", "a Loop");
  const std::int64_t patience = options.patience.count();
  if (patience < 0)
    throw out_of_range("patience", ">= 0 && <= 9007199254740991", std::to_string(patience));
  loop_ = std::make_unique<internal::CrashLoop>(loop, patience);
}

CrashFlush::CrashFlush(CrashFlush&&) noexcept = default;
CrashFlush& CrashFlush::operator=(CrashFlush&&) noexcept = default;
CrashFlush::~CrashFlush() = default;

}  // namespace weir
