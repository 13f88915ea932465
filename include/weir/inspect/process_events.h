// weir/inspect/process_events.h - ProcessEvents: the events of another program's inspector.
//
//   weir::ProcessEvents events(loop, "9229");
//   events.on_event([](const weir::ProcessEvents::Event& event) {
//     fmt::print("{} {}\n", event.name, event.data);   // hello {"process":0,...
//   });
//   events.on_lost([](const weir::Error& error) { fmt::print("{}\n", error.what()); });
//
// - Each connection begins with a "hello" event, then comes an "update" with every stream, then
//   updates with the changes. Their data is one JSON object.
// - If the program stops, or does not listen yet, it connects again every second.
// - It keeps run() from returning until it is destroyed.
//
// No Node counterpart.
#pragma once

#include <weir/base/error.h>
#include <weir/base/function.h>
#include <weir/base/ref.h>
#include <weir/loop/loop.h>

#include <string>
#include <string_view>

namespace weir {

class ProcessEvents {
 public:
  struct Event {
    std::string_view name;  // "hello", "update"
    std::string_view data;  // begins with {"process":0
  };

  // `place`: "9229", a port of this machine; "HOST:PORT"; or the address that the inspector has
  // printed, with its token.
  // ERRORS: throws ERR_INVALID_ARG_VALUE for any other text.
  ProcessEvents(Loop& loop, std::string_view place);
  ProcessEvents(ProcessEvents&&) noexcept;
  ProcessEvents& operator=(ProcessEvents&&) noexcept;
  ~ProcessEvents();  // may be called in a callback

  // "127.0.0.1:9229".
  const std::string& name() const noexcept;

  // CALLS BACK: for each event, valid during the call. Not while it is paused, except for the rest
  // of the events that have been received together.
  void on_event(Function<void(const Event&)> received) const;
  // CALLS BACK: once the program stops, or cannot be reached; again only after it has been reached.
  //   ECONNREFUSED, ...       no program listens there
  //   "not an inspector ..."  another server does
  //   "401 ..."               the token is missing or wrong
  //   ECONNRESET              the program has stopped
  void on_lost(Function<void(const Error&)> lost) const;

  // Pauses reading: the program then waits, and disconnects a reader that is too slow.
  void pause() const;
  void resume() const;

 private:
  struct Feed;
  Ref<Feed> feed_;
};

}  // namespace weir
