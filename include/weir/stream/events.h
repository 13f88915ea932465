// weir/stream/events.h - event types of streams. A failure is emitted as an Error.
#pragma once

#include <weir/event/event_tag.h>

#include <string_view>

namespace weir {

struct Chunk;
class Stream;

// The buffer is empty again after write() returned false: continue to write. Node: 'drain'.
struct Drain {
  static constexpr std::string_view kEventName = "drain";
};

// end() was called and the sink has all data; the resource is still open. Node: 'finish'.
struct Finish {
  static constexpr std::string_view kEventName = "finish";
};

// All data is written; Finish follows on a later tick. Node: 'prefinish'.
struct Prefinish {
  static constexpr std::string_view kEventName = "prefinish";
};

// The resource is released; no more events follow. Node: 'close'.
struct Close {
  static constexpr std::string_view kEventName = "close";
  bool had_error = false;  // only connections set it, as in Node
};

// A readable stream has been piped into this stream, or removed. Node: 'pipe', 'unpipe'.
struct Pipe {
  static constexpr std::string_view kEventName = "pipe";
  Stream& source;
};
struct Unpipe {
  static constexpr std::string_view kEventName = "unpipe";
  Stream& source;
  mutable bool has_unpiped = false;  // one of several pipes between the two streams has handled it
};

// A chunk. Its only listener may move from it. Node: 'data'.
template <class C>
struct DataOf {
  static constexpr std::string_view kEventName = "data";
  C& chunk;
};

// Data can be read(), or the end has been reached. Node: 'readable'.
struct ReadableEvent {
  static constexpr std::string_view kEventName = "readable";
};

// What the stream is on can be used: the file is open, the socket connected. Node: 'ready'.
struct Ready {
  static constexpr std::string_view kEventName = "ready";
};

// All data has been read. Node: 'end'.
struct End {
  static constexpr std::string_view kEventName = "end";
};

// The flow has stopped; the flow has started. Node: 'pause', 'resume'.
struct Pause {
  static constexpr std::string_view kEventName = "pause";
};
struct Resume {
  static constexpr std::string_view kEventName = "resume";
};

// For `stream.on(weir::drain, f)`; see event_tag.h.
namespace event_tags {
inline constexpr EventTag<Drain> drain{};
inline constexpr EventTag<Finish> finish{};
inline constexpr EventTag<Prefinish> prefinish{};
inline constexpr EventTag<Unpipe> unpipe{};
inline constexpr EventTag<ReadableEvent> readable{};
inline constexpr EventTag<Ready> ready{};
inline constexpr EventTag<Resume> resume{};
}  // namespace event_tags

// Those whose names are functions of POSIX or of the standard library: `weir::tags::close`.
namespace tags {
using namespace event_tags;  // NOLINT: weir::tags has all
inline constexpr EventTag<Close> close{};
inline constexpr EventTag<DataOf<Chunk>> data{};  // of bytes
template <class C>
inline constexpr EventTag<DataOf<C>> data_of{};
inline constexpr EventTag<End> end{};
inline constexpr EventTag<Pause> pause{};
inline constexpr EventTag<Pipe> pipe{};
}  // namespace tags

}  // namespace weir
