// weir/event/event_tag.h - an event as an argument: `stream.on(weir::drain, f)`.
//
//   template <class S>
//   void watch(S& stream) {
//     stream.on(weir::drain, [] { fmt::print("drained\n"); });   // no `template on<weir::Drain>`
//   }
//
// The same as `on<weir::Drain>(f)`. Each event of streams has a tag of its name in lower case
// (stream/events.h), and Error has weir::error. Any other event: `on(weir::event<Resize>, f)`.
#pragma once

namespace weir {

class Error;

template <class Event>
struct EventTag {};

// Tags are functions: a local variable may have the name of one without hiding a variable, and
// close(fd) or end(range) finds its own function beside them.
template <class Event>
constexpr EventTag<Event> event() noexcept {
  return {};
}

constexpr EventTag<Error> error() noexcept { return {}; }

}  // namespace weir
