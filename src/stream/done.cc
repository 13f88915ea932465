#include <weir/stream/done.h>

#include "stream/ticks.h"
#include <weir/stream/stream.h>

#include <exception>

namespace weir {

Done::Done(Stream& stream, internal::Operation operation) noexcept
    : stream_(&stream), operation_(operation) {}

Done& Done::operator=(Done&& other) noexcept {
  if (stream_) drop();
  stream_ = std::move(other.stream_);
  lifeline_ = std::move(other.lifeline_);
  operation_ = other.operation_;
  return *this;
}

void Done::operator()(Error error) {
  if (stream_) {
    const Ref<Stream> stream = std::move(stream_);
    lifeline_ = stream->core().lifeline();
    stream->on_done(operation_, std::move(error));
  } else if (lifeline_ && lifeline_->stream) {
    const Ref<Stream> stream(lifeline_->stream);
    stream->on_done(operation_, std::move(error));
  }
}

void Done::drop() noexcept {
  const Ref<Stream> stream = std::move(stream_);
  if (std::uncaught_exceptions() > 0) return;
  stream->core().next_tick([target = stream.get(), operation = operation_] {
    target->on_done(operation, Errc::callback_dropped);
  });
}

}  // namespace weir
