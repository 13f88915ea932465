// support/event_log.h - the events of a stream, in order, as one text.
//
//   log.listen(*stream);
//   stream->end("a", log.callback("endcb"));
//   ticks.drain();
//   EXPECT_EQ(log.take(), "prefinish endcb finish close");
//
// It has no listener of ReadableEvent, which would keep the stream from flowing.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/error.h>
#include <weir/stream/basic_readable.h>
#include <weir/stream/basic_writable.h>
#include <weir/stream/duplex.h>

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace weir::test {

inline std::string shown(const Chunk& chunk) {
  if (chunk.encoding == Encoding::buffer) return std::string(chunk.text());
  return fmt::format("{}:{}", weir::name_of(chunk.encoding), chunk.text());
}
template <class T>
std::string shown(const T& value) {
  return fmt::to_string(value);
}

class EventLog {
 public:
  void add(std::string_view entry);
  void add(std::string_view name, const Error& error);  // "name", or "name(failed)"

  // A callback that adds its name and its error.
  Callback callback(std::string name);

  // Logs all events of the stream, each after the prefix.
  void listen(WritableBase& stream, const std::string& prefix = "");
  // The same without an Error listener, which leaves errors unhandled.
  void listen_except_error(WritableBase& stream, const std::string& prefix = "");

  // Everything that a readable emits but its chunks, which it would not keep then.
  template <class C>
  void listen(BasicReadable<C>& stream, const std::string& prefix = "") {
    listen_to_flow(stream, prefix);
    stream.template on<Error>([this, prefix](const Error& error) { add(prefix + "error", error); });
    stream.template on<Close>([this, prefix] { add(prefix + "close"); });
  }
  template <class In, class Out>
  void listen(BasicDuplex<In, Out>& stream, const std::string& prefix = "") {
    listen_to_flow(stream, prefix);
    listen(static_cast<WritableBase&>(stream), prefix);
  }

  // Adds each chunk, "data(abc)"; has the stream flow.
  template <class C>
  void listen_to_data(BasicReadable<C>& stream, const std::string& prefix = "") {
    stream.template on<DataOf<C>>([this, prefix](const DataOf<C>& data) {
      add(fmt::format("{}data({})", prefix, shown(data.chunk)));
    });
  }

  // The log since the last take.
  std::string take();

 private:
  template <class Stream>
  void listen_to_flow(Stream& stream, const std::string& prefix) {
    stream.template on<End>([this, prefix] { add(prefix + "end"); });
    stream.template on<Pause>([this, prefix] { add(prefix + "pause"); });
    stream.template on<Resume>([this, prefix] { add(prefix + "resume"); });
  }

  std::string text_;
};

// Node's code of an error or else its message; "ok" where it is none.
std::string name_of(const Error& error);

// The exception thrown by `call`, or success.
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
