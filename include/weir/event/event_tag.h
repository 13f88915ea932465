// weir/event/event_tag.h - an event as an argument: `stream.on(weir::drain, f)`.
//
//   template <class S>
//   void watch(S& stream) {
//     stream.on(weir::drain, [] { fmt::print("drained\n"); });   // no `template on<weir::Drain>`
//   }
//
// The same as `on<weir::Drain>(f)`. Each event of streams has a tag of its name in lower case
// (stream/events.h), and Error has weir::error. Close, Data, End, Pause and Pipe have theirs in
// weir::tags, as weir::close would hide close(2). Any other event: weir::EventTag<Resize>().
#pragma once

namespace weir {

class Error;

template <class Event>
struct EventTag {};

// In a namespace of their own, so that a local variable may be called `error`.
namespace event_tags {
inline constexpr EventTag<Error> error{};
}  // namespace event_tags
using namespace event_tags;  // NOLINT: weir::error

}  // namespace weir
