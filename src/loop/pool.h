// Runs work on libuv's thread pool.
#pragma once

#include "loop/loop_core.h"
#include <weir/base/function.h>

namespace weir::internal {

// Runs `work` on a thread of the pool, and then `done` on the loop's thread, where both are
// destroyed; without calling `done` if the Loop is destroyed first.
// REQUIRES: `work` does not throw.
void run_on_pool(LoopCore& core, Function<void()> work, Function<void()> done);

}  // namespace weir::internal
