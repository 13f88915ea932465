// Calls the callbacks of a batch, or of a list, of which one may throw.
#pragma once

#include "stream/ticks.h"
#include <weir/base/callback.h>
#include <weir/stream/internal/completion.h>
#include <weir/stream/internal/stream_core.h>

#include <utility>
#include <vector>

namespace weir::internal {

// If the first callback throws, the others are called on a tick.
inline void call_all(StreamCore& core, Completion& completion, const Error& error) {
  try {
    completion.call_first(error);
  } catch (...) {
    core.next_tick([left = std::move(completion), error]() mutable { left.call_rest(error); });
    throw;
  }
  completion.call_rest(error);
}

// If a callback throws, each after it is called on a tick of its own.
inline void call_all(StreamCore& core, std::vector<Callback> callbacks, const Error& error) {
  std::size_t next = 0;
  try {
    while (next < callbacks.size()) callbacks[next++](error);
  } catch (...) {
    for (; next < callbacks.size(); ++next)
      core.next_tick([callback = std::move(callbacks[next]), error]() mutable { callback(error); });
    throw;
  }
}

}  // namespace weir::internal
