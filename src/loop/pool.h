// Work on one of the pool's threads.
#pragma once

#include "loop/loop_core.h"
#include <weir/base/function.h>

namespace weir::internal {

// Runs `work` on a thread of the pool, and then `done` on the loop's; destroys both there, `done`
// uncalled where the Loop goes first. REQUIRES: `work` does not throw.
void run_on_pool(LoopCore& core, Function<void()> work, Function<void()> done);

}  // namespace weir::internal
