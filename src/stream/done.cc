#include <weir/stream/done.h>

#include "stream/ticks.h"
#include <weir/stream/stream.h>

#include <exception>
#include <memory>

namespace weir {

Done& Done::operator=(Done&& other) noexcept {
  if (this == &other) return *this;
  std::destroy_at(this);
  return *std::construct_at(this, std::move(other));
}

void Done::take_called(Done& other) noexcept {
  if (other.state_ == State::empty) return;
  lifeline_ = other.lifeline_ ? std::move(other.lifeline_) : other.stream_->core().lifeline();
  state_ = State::called;
  other.state_ = State::empty;
}

Ref<Stream> Done::claim_again() noexcept {
  if (state_ == State::empty) return nullptr;
  if (state_ == State::called) return Ref<Stream>(lifeline_->stream);
  state_ = State::called_while_borrowing;
  return Ref<Stream>(stream_);
}

void Done::operator()(Error error) {
  const Ref<Stream> stream = claim();
  if (!stream) return;
  if (error)
    stream->on_failed(operation_, std::move(error));
  else
    stream->on_done(operation_);
}

void Done::drop() noexcept {
  const Ref<Stream> stream =
      state_ == State::owning ? Ref<Stream>::adopt(stream_) : Ref<Stream>(stream_);
  if (std::uncaught_exceptions() > 0) return;
  stream->core().next_tick([target = stream.get(), operation = operation_] {
    target->on_failed(operation, Errc::callback_dropped);
  });
}

}  // namespace weir
