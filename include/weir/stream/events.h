// weir/stream/events.h - what streams emit, each event a type. A failure is the Error itself.
#pragma once

#include <string_view>

namespace weir {

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
};

// A readable starts to flow into this stream, or ceases to. Node: 'pipe', 'unpipe'.
struct Pipe {
  static constexpr std::string_view kEventName = "pipe";
  Stream& source;
};
struct Unpipe {
  static constexpr std::string_view kEventName = "unpipe";
  Stream& source;
};

}  // namespace weir
