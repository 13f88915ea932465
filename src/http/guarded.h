// What a listener throws must not pass the frames of a parser in C: it leaves a tick of its own.
#pragma once

#include <weir/event/tick_queue.h>

#include <exception>

namespace weir::http {

template <class F>
void guarded(TickQueue& ticks, F call) noexcept {
  try {
    call();
  } catch (...) {
    ticks.next_tick([thrown = std::current_exception()] { std::rethrow_exception(thrown); });
  }
}

}  // namespace weir::http
