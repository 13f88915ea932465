#include <weir/stream/done.h>

#include "stream/ticks.h"
#include <weir/base/assert.h>
#include <weir/stream/stream.h>

#include <exception>
#include <memory>

namespace weir {

Done& Done::operator=(Done&& other) noexcept {
  if (this == &other) return *this;
  std::destroy_at(this);
  return *std::construct_at(this, std::move(other));
}

inline void Done::check_thread(const char* call) const noexcept {
  WEIR_CHECK_THREAD(stream().ticks(), call, stream().describe());
  static_cast<void>(call);
}

void Done::remember_stream() noexcept {
  Ref<internal::Lifeline> lifeline = stream().core().lifeline();
  target_ = lifeline.detach();
  state_ = State::called;
}

void Done::let_stream_go() noexcept {
  WEIR_REQUIRE(state_ == State::owning);
  const auto stream = Ref<Stream>::adopt(&this->stream());
  remember_stream();
  state_ = State::letting_go;
}

void Done::keep_stream() noexcept {
  WEIR_REQUIRE(state_ == State::letting_go);
  const auto lifeline = Ref<internal::Lifeline>::adopt(static_cast<internal::Lifeline*>(target_));
  WEIR_REQUIRE(lifeline->stream);
  target_ = Ref<Stream>(lifeline->stream).detach();
  state_ = State::owning;
}

Ref<Stream> Done::claim() noexcept {
  switch (state_) {
    case State::owning: {
      check_thread("Done::operator()");
      const auto stream = Ref<Stream>::adopt(&this->stream());
      remember_stream();
      return stream;
    }
    case State::letting_go:
      state_ = State::called;
      [[fallthrough]];
    case State::called:
      return Ref<Stream>(static_cast<internal::Lifeline&>(*target_).stream);
    case State::borrowing:
    case State::called_while_borrowing:
      state_ = State::called_while_borrowing;
      return Ref<Stream>(&stream());
    case State::empty:
      break;
  }
  return nullptr;
}

void Done::succeed() {
  if (const Ref<Stream> stream = claim()) stream->on_done(operation_);
}

void Done::operator()(Error error) & {
  if (const Ref<Stream> stream = claim()) report(*stream, operation_, std::move(error));
}

void Done::operator()() && {
  if (state_ != State::owning) return (*this)();
  check_thread("Done::operator()");
  state_ = State::empty;
  Ref<Stream>::adopt(&this->stream())->on_done(operation_);
}

void Done::operator()(Error error) && {
  if (state_ != State::owning) return (*this)(std::move(error));
  check_thread("Done::operator()");
  state_ = State::empty;
  const auto stream = Ref<Stream>::adopt(&this->stream());
  report(*stream, operation_, std::move(error));
}

void Done::report(Stream& stream, internal::Operation operation, Error error) {
  if (error)
    stream.on_failed(operation, std::move(error));
  else
    stream.on_done(operation);
}

void Done::let_go() noexcept {
  switch (state_) {
    case State::letting_go: {
      const auto lifeline =
          Ref<internal::Lifeline>::adopt(static_cast<internal::Lifeline*>(target_));
      if (lifeline->stream) drop(Ref<Stream>(lifeline->stream));
      break;
    }
    case State::called:
      Ref<internal::Lifeline>::adopt(static_cast<internal::Lifeline*>(target_));
      break;
    case State::owning:
      check_thread("~Done");
      drop(Ref<Stream>::adopt(&stream()));
      break;
    case State::borrowing:
      drop(Ref<Stream>(&stream()));
      break;
    case State::called_while_borrowing:
    case State::empty:
      break;
  }
}

void Done::drop(Ref<Stream> stream) noexcept {
  if (std::uncaught_exceptions() > 0) return;
  stream->core().next_tick([target = stream.get(), operation = operation_] {
    target->on_failed(operation, Errc::callback_dropped);
  });
}

}  // namespace weir
