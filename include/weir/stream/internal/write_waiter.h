// weir/stream/internal/write_waiter.h - WriteWaiter: resumed when a stream accepts writes again.
#pragma once

#include <weir/base/ref.h>

namespace weir {

class WritableBase;

namespace internal {

class WriteWaiter : public RefCounted {
 public:
  // Called once, on a tick after Drain, or after the stream was ended, destroyed or has failed. The
  // waiter checks the stream's state.
  virtual void resume() = 0;
};

// Keeps the waiter until it is resumed, or dropped with the stream's Loop. A waiter is not a
// listener: an Error that only has waiters has no listener.
void await_room(WritableBase& stream, Ref<WriteWaiter> waiter);

}  // namespace internal
}  // namespace weir
