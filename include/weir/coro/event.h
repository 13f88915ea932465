// weir/coro/event.h - co::next: awaits an event of a stream, a server or any other emitter.
//
//   co_await weir::co::next<weir::net::Connect>(*socket);
//   const auto [fd] = co_await weir::co::next(*file, weir::event<weir::fs::Open>);
#pragma once

#include <weir/base/error.h>
#include <weir/coro/internal/event_waiter.h>
#include <weir/event/emitter.h>
#include <weir/event/event_tag.h>
#include <weir/event/tick_queue.h>
#include <weir/stream/events.h>
#include <weir/stream/stream.h>

#include <concepts>
#include <coroutine>
#include <optional>
#include <type_traits>
#include <utility>

namespace weir {

namespace internal {

template <class E, class Event>
concept Emits = requires(E& emitter) {
  emitter.listeners();
  emitter.template listener_count<Event>();
};

template <class Event>
class EventWaiter final : public EventWaiterBase {
 public:
  using EventWaiterBase::EventWaiterBase;

  template <class E>
  void start(E& emitter) {
    listen(&kEventKey<Event>, [this](const void* event) { on_event(event); });
    if constexpr (Emits<E, Error> && !std::same_as<Event, Error>)
      listen(&kEventKey<Error>,
             [this](const void* event) { fail(*static_cast<const Error*>(event)); });
    if constexpr (Emits<E, Close> && !std::same_as<Event, Close>)
      listen(&kEventKey<Close>, [this](const void*) { fail(Errc::stream_premature_close); });
    if constexpr (std::derived_from<E, Stream>)
      if (emitter.closed()) drop_on_tick(emitter.ticks());
  }

  Event take() {
    remove_listeners();
    if (event_) return std::move(*event_);
    throw Error(error_ ? error_ : failure());
  }

 private:
  void on_event(const void* event) {
    if (is_over()) return;
    event_.emplace(*static_cast<const Event*>(event));
    complete();
  }

  std::optional<Event> event_;
};

template <class Event, class E>
class [[nodiscard]] EventAwaiter {
 public:
  EventAwaiter(TickQueue& ticks, E& emitter) noexcept : ticks_(ticks), emitter_(emitter) {}

  bool await_ready() const noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> coroutine) {
    waiter_ =
        WaiterOwner<EventWaiter<Event>>(make_ref<EventWaiter<Event>>(ticks_, emitter_.listeners()));
    if (!waiter_->suspend(coroutine)) return false;
    waiter_->start(emitter_);
    return true;
  }
  Event await_resume() { return waiter_->take(); }

 private:
  TickQueue& ticks_;
  E& emitter_;
  WaiterOwner<EventWaiter<Event>> waiter_;
};

}  // namespace internal

namespace co {

// Awaits the next `Event`, and returns a copy. The coroutine continues inside the emit, as a
// listener: it misses no event if it awaits the next one before any other wait, and references in
// the event stay valid until its next co_await. REQUIRES: the emitter lives until the wait begins.
// ERRORS: an Error of the emitter, which the wait handles; ERR_STREAM_PREMATURE_CLOSE if the
// emitter closes or is destroyed first; ABORT_ERR on a stop, or if the Loop is destroyed. Node
// counterpart: events.once.
template <class Event, internal::Emits<Event> E>
auto next(TickQueue& ticks, E& emitter) {
  return internal::EventAwaiter<Event, E>(ticks, emitter);
}
template <class Event, internal::Emits<Event> E>
  requires std::derived_from<E, Stream>
auto next(E& stream) {
  return internal::EventAwaiter<Event, E>(stream.ticks(), stream);
}
// The same with the event as an argument.
template <class Event, class E>
auto next(TickQueue& ticks, E& emitter, EventTag<Event> (*)()) {
  return next<Event>(ticks, emitter);
}
template <class Event, class E>
auto next(E& stream, EventTag<Event> (*)()) {
  return next<Event>(stream);
}

}  // namespace co
}  // namespace weir
