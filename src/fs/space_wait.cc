#include "fs/space_wait.h"

#include <cerrno>
#include <utility>

namespace weir::fs {

SpaceWait::SpaceWait(Loop& loop, std::chrono::milliseconds time, Over over)
    : LoopShutdownHook(loop.ticks(), Turn::last),
      timer_(loop.set_timeout(time, [this] { end(); })),
      over_(std::move(over)) {}

bool SpaceWait::is_lack_of_space(std::int64_t result) noexcept {
  return result == -ENOSPC || result == -EDQUOT;
}

void SpaceWait::end() {
  const Pin alive(*this);
  timer_.clear();
  if (Over over = std::exchange(over_, nullptr)) over();
}

void SpaceWait::let_go() noexcept {
  const Pin alive(*this);
  timer_.clear();
  const Over dropped = std::exchange(over_, nullptr);
}

}  // namespace weir::fs
