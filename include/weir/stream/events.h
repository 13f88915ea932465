// weir/stream/events.h - what streams emit, each event a type. A failure is the Error itself.
#pragma once

#include <weir/event/event_tag.h>

#include <string_view>

namespace weir {

struct Chunk;
class Stream;

// After write() returned false: everything has been handed on, write again. Node: 'drain'.
struct Drain {
  static constexpr std::string_view kEventName = "drain";
};

// The writer has ended and the sink has everything; the resource is still open. Node: 'finish'.
struct Finish {
  static constexpr std::string_view kEventName = "finish";
};

// All is written, Finish will follow on a later tick. Node: 'prefinish'.
struct Prefinish {
  static constexpr std::string_view kEventName = "prefinish";
};

// The resource is released; nothing more will be emitted. Node: 'close'.
struct Close {
  static constexpr std::string_view kEventName = "close";
  bool had_error = false;  // only connections say so, as in Node
};

// A readable starts to flow into this stream, or ceases to. Node: 'pipe', 'unpipe'.
struct Pipe {
  static constexpr std::string_view kEventName = "pipe";
  Stream& source;
};
struct Unpipe {
  static constexpr std::string_view kEventName = "unpipe";
  Stream& source;
  mutable bool has_unpiped = false;  // of several pipes between the two, one has taken it
};

// A chunk. Its only listener may move from it. Node: 'data'.
template <class C>
struct DataOf {
  static constexpr std::string_view kEventName = "data";
  C& chunk;
};

// There is something to read(), or its end is reached. Node: 'readable'.
struct ReadableEvent {
  static constexpr std::string_view kEventName = "readable";
};

// What the stream is on can be used: the file is open, the socket connected. Node: 'ready'.
struct Ready {
  static constexpr std::string_view kEventName = "ready";
};

// Everything was read; no more Data will come. Node: 'end'.
struct End {
  static constexpr std::string_view kEventName = "end";
};

// Data ceases to flow, and flows again. Node: 'pause', 'resume'.
struct Pause {
  static constexpr std::string_view kEventName = "pause";
};
struct Resume {
  static constexpr std::string_view kEventName = "resume";
};

// For `stream.on(weir::drain, f)`, see event_tag.h; data is that of bytes.
namespace tags {
inline constexpr EventTag<Drain> drain{};
inline constexpr EventTag<Finish> finish{};
inline constexpr EventTag<Prefinish> prefinish{};
inline constexpr EventTag<Close> close{};
inline constexpr EventTag<Pipe> pipe{};
inline constexpr EventTag<Unpipe> unpipe{};
inline constexpr EventTag<DataOf<Chunk>> data{};
template <class C>
inline constexpr EventTag<DataOf<C>> data_of{};
inline constexpr EventTag<ReadableEvent> readable{};
inline constexpr EventTag<Ready> ready{};
inline constexpr EventTag<End> end{};
inline constexpr EventTag<Pause> pause{};
inline constexpr EventTag<Resume> resume{};
}  // namespace tags

}  // namespace weir
