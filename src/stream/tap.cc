#include <weir/stream/internal/tap.h>

#include <weir/stream/events.h>
#include <weir/stream/finished.h>
#include <weir/stream/internal/read_side.h>
#include <weir/stream/internal/write_side.h>
#include <weir/stream/stream.h>

namespace weir::internal {

Tap::Tap(Stream& stream) : stream_(stream.core().lifeline()) {}

void Tap::watch() {
  finished(*stream(), {.writable = false},
           [self = Ref<Tap>(this)](const Error& error) { self->over(error); });
}

void Tap::listen() {
  listener_ = stream()->listeners().add(
      &kEventKey<ReadableEvent>, [self = Ref<Tap>(this)](const void*) { self->readable(); },
      ListenerTable::Place::last, ListenerTable::Times::always);
}

void Tap::listen_and_start() {
  listen();
  stream()->ticks().next_tick(
      [self = Ref<Tap>(this), alive = Ref<Stream>(stream())] { self->readable(); });
}

void Tap::leave() {
  if (is_over_) return;
  is_over_ = true;
  if (Stream* const stream = this->stream()) destroy(*stream);
}

// Node: destroyer, with null for the error.
void Tap::destroy(Stream& stream) {
  const WriteSide* const writable = stream.write_side();
  const bool is_finished =
      !stream.read_side()->readable() && !(writable && writable->enabled() && writable->writable());
  stream.destroy(is_finished ? Error() : Error(Errc::aborted));
}

bool Tap::may_read() const noexcept { return !is_over_ && stream() && !stream()->destroyed(); }

void Tap::over(const Error& error) {
  if (is_over_) return;
  is_over_ = true;
  if (Stream* const stream = this->stream()) {
    // A Duplex goes once it is read, as in Node; a stream that does not destroy itself is left.
    if (stream->core().auto_destroys())
      destroy(*stream);
    else
      stream->listeners().remove(listener_);
  }
  on_over(error);
}

}  // namespace weir::internal
