// Queues a tick that keeps its stream alive until it has run.
#pragma once

#include <weir/stream/stream.h>

#include <utility>

namespace weir::internal {

template <class F>
void StreamCore::next_tick(F tick) {
  ticks_->next_tick([alive = Ref<Stream>(&stream_), tick = std::move(tick)]() mutable { tick(); });
}

template <class F>
void StreamCore::after_ticks(F tick) {
  ticks_->after_ticks(
      [alive = Ref<Stream>(&stream_), tick = std::move(tick)]() mutable { tick(); });
}

}  // namespace weir::internal
