// The one way in which the stream layer queues a tick: with the stream kept alive until it ran.
#pragma once

#include <weir/stream/stream.h>

#include <utility>

namespace weir::internal {

template <class F>
void StreamCore::next_tick(F tick) {
  ticks_.next_tick([alive = Ref<Stream>(&stream_), tick = std::move(tick)]() mutable { tick(); });
}

}  // namespace weir::internal
