// Watches a descriptor without changing it. libuv makes a watched descriptor non-blocking for every
// process that shares it; so libuv watches an epoll set instead, whose only member is the
// descriptor.
#pragma once

#include "loop/loop_core.h"
#include <weir/base/function.h>
#include <weir/base/ref.h>

namespace weir::internal {

class Readiness {
 public:
  enum class For : bool { reading, writing };

  // CALLS BACK: `ready` once a turn while the descriptor is ready, between start and stop; it may
  // destroy this.
  // ERRORS: throws the system's error if the descriptor cannot be watched.
  Readiness(LoopCore& core, int fd, For what, Function<void()> ready);
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;
  ~Readiness();

  // Keeps the loop running until stop.
  void start() noexcept;
  void stop() noexcept;

 private:
  struct Watch;
  Ref<Watch> watch_;
};

}  // namespace weir::internal
