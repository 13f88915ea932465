// weir/stream/internal/write_waiter.h - what waits for a stream to take writes again.
#pragma once

#include <weir/base/ref.h>

namespace weir {

class WritableBase;

namespace internal {

class WriteWaiter : public RefCounted {
 public:
  // Called once, on a tick after Drain, or after the stream was ended, destroyed or has failed. It
  // looks at the stream for which of them it was.
  virtual void resume() = 0;
};

// Keeps the waiter until it is resumed, or dropped with the stream's Loop. It is no listener: an
// Error that only waiters could hear of stays unheard.
void await_room(WritableBase& stream, Ref<WriteWaiter> waiter);

}  // namespace internal
}  // namespace weir
