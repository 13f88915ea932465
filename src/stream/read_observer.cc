#include <weir/stream/internal/read_observer.h>

#include <weir/stream/events.h>
#include <weir/stream/finished.h>
#include <weir/stream/internal/read_side.h>
#include <weir/stream/internal/write_side.h>
#include <weir/stream/stream.h>

namespace weir::internal {

ReadObserver::ReadObserver(Stream& stream) : stream_(stream.core().lifeline()) {}

void ReadObserver::watch() {
  finished(*stream(), {.writable = false},
           [self = Ref<ReadObserver>(this)](const Error& error) { self->over(error); });
}

void ReadObserver::listen() {
  listener_ = stream()->listeners().add(
      &kEventKey<ReadableEvent>,
      [self = Ref<ReadObserver>(this)](const void*) { self->readable(); },
      ListenerTable::Place::last, ListenerTable::Times::always);
}

void ReadObserver::listen_and_start() {
  listen();
  stream()->ticks().next_tick(
      [self = Ref<ReadObserver>(this), alive = Ref<Stream>(stream())] { self->readable(); });
}

void ReadObserver::leave() {
  if (is_over_) return;
  is_over_ = true;
  if (Stream* const stream = this->stream()) destroy(*stream);
}

// Node: destroyer, with null for the error.
void ReadObserver::destroy(Stream& stream) {
  const WriteSide* const writable = stream.write_side();
  const bool is_finished =
      !stream.read_side()->readable() && !(writable && writable->enabled() && writable->writable());
  stream.destroy(is_finished ? Error() : Error(Errc::aborted));
}

bool ReadObserver::may_read() const noexcept {
  return !is_over_ && stream() && !stream()->destroyed();
}

void ReadObserver::over(const Error& error) {
  if (is_over_) return;
  is_over_ = true;
  if (Stream* const stream = this->stream()) {
    // As in Node, a Duplex is destroyed once it is read; a stream without auto_destroy is left
    // alone.
    if (stream->core().auto_destroys())
      destroy(*stream);
    else
      stream->listeners().remove(listener_);
  }
  on_over(error);
}

}  // namespace weir::internal
