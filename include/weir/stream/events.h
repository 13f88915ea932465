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

// The stream's resource is ready: the file is open, the socket connected. Node: 'ready'.
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

// For `stream.on(weir::drain, f)`; see event_tag.h. `data` is that of bytes.
constexpr EventTag<Drain> drain() noexcept { return {}; }
constexpr EventTag<Finish> finish() noexcept { return {}; }
constexpr EventTag<Prefinish> prefinish() noexcept { return {}; }
constexpr EventTag<Close> close() noexcept { return {}; }
constexpr EventTag<Pipe> pipe() noexcept { return {}; }
constexpr EventTag<Unpipe> unpipe() noexcept { return {}; }
constexpr EventTag<DataOf<Chunk>> data() noexcept { return {}; }
template <class C>
constexpr EventTag<DataOf<C>> data_of() noexcept {
  return {};
}
constexpr EventTag<ReadableEvent> readable() noexcept { return {}; }
constexpr EventTag<Ready> ready() noexcept { return {}; }
constexpr EventTag<End> end() noexcept { return {}; }
constexpr EventTag<Pause> pause() noexcept { return {}; }
constexpr EventTag<Resume> resume() noexcept { return {}; }

}  // namespace weir
