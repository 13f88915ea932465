// Says when a descriptor is ready, without a change to it. libuv makes non-blocking whatever it is
// to watch, also for those who share it; so what it watches is an epoll set of our own, whose only
// member the descriptor is.
#pragma once

#include "loop/loop_core.h"
#include <weir/base/function.h>
#include <weir/base/ref.h>

namespace weir::internal {

class Readiness {
 public:
  enum class For : bool { reading, writing };

  // CALLS BACK: `ready` once a turn while the descriptor is ready, between start and stop; it may
  // destroy this. ERRORS: throws the system's error where it cannot be watched.
  Readiness(LoopCore& core, int fd, For what, Function<void()> ready);
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;
  ~Readiness();

  // Keeps the loop alive until stop.
  void start() noexcept;
  void stop() noexcept;

 private:
  struct Watch;
  Ref<Watch> watch_;
};

}  // namespace weir::internal
