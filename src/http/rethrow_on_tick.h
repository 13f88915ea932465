// Listener exceptions must not unwind through llhttp's C frames: rethrows them on a tick.
#pragma once

#include <weir/event/tick_queue.h>

#include <exception>

namespace weir::http {

template <class F>
void rethrow_on_tick(TickQueue& ticks, F call) noexcept {
  try {
    call();
  } catch (...) {
    ticks.next_tick([thrown = std::current_exception()] { std::rethrow_exception(thrown); });
  }
}

}  // namespace weir::http
