#include <weir/coro/write.h>

namespace weir::internal {

Error refusal_of(WritableBase& stream) {
  if (stream.errored()) return stream.errored();
  return stream.destroyed() ? stream_destroyed("write") : Error(Errc::stream_write_after_end);
}

void RoomAwaiter::settle() {
  if (waiter_)
    if (const Error failure = waiter_->failure()) throw Error(failure);
  const bool is_over = need_ == Need::drain ? stream_.errored() || (stream_.destroyed() &&
                                                                    !stream_.writable_finished())
                                            : !stream_.writable();
  if (!is_over) return;
  throw_error_of(stream_, refusal_of(stream_));
}

}  // namespace weir::internal
