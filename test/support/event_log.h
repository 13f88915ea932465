// support/event_log.h - what happened to a stream, in order, as one text.
//
//   log.listen(*stream);
//   stream->end("a", log.callback("endcb"));
//   ticks.drain();
//   EXPECT_EQ(log.take(), "prefinish endcb finish close");
#pragma once

#include <weir/base/callback.h>
#include <weir/base/error.h>
#include <weir/stream/basic_writable.h>

#include <string>
#include <string_view>

namespace weir::test {

class EventLog {
 public:
  void add(std::string_view entry);
  void add(std::string_view name, const Error& error);  // "name", or "name(failed)"

  // A callback that adds its name and its error.
  Callback callback(std::string name);

  // Adds everything that the stream emits, each event behind the prefix.
  void listen(WritableBase& stream, const std::string& prefix = "");
  // The same without Error, for who wants that unhandled.
  void listen_except_error(WritableBase& stream, const std::string& prefix = "");

  // What was added since the last take.
  std::string take();

 private:
  std::string text_;
};

// Node's code of an error or else its message; "ok" where it is none.
std::string name_of(const Error& error);

// What `call` throws, or success.
template <class F>
Error thrown_by(F call) {
  try {
    call();
  } catch (...) {
    return Error::from_current_exception();
  }
  return {};
}

}  // namespace weir::test
