// weir/testing/event_log.h - EventLog: the events of streams, in order, as one text.
//
//   weir::test::EventLog log;
//   auto stream = weir::Writable::make(loop, {...});
//   log.listen(*stream);
//   stream->end("a", log.callback("endcb"));
//   loop.run();
//   EXPECT_EQ(log.take(), "prefinish endcb finish close");
//
// - A difference shows what came too early, too late or not at all. The order is Node's.
// - Each event is a word, and the words have a space between them. An Error is "error(ENOSPC)": its
//   name, or else its message.
// - It has no listener of ReadableEvent, which would keep a stream from flowing.
// - The listeners keep a reference to the log, which must outlive the streams.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/error.h>
#include <weir/stream/basic_readable.h>
#include <weir/stream/basic_writable.h>
#include <weir/stream/duplex.h>

#include <string>
#include <string_view>

#include <fmt/core.h>

namespace weir::test {

// A chunk as it stands in a log: its text, after "utf8:" if it came with an encoding.
inline std::string shown(const Chunk& chunk) {
  if (chunk.encoding == Encoding::buffer) return std::string(chunk.text());
  return fmt::format("{}:{}", weir::name_of(chunk.encoding), chunk.text());
}
template <class T>
std::string shown(const T& value) {
  return fmt::format("{}", value);
}

class EventLog {
 public:
  void add(std::string_view entry);
  void add(std::string_view name, const Error& error);  // "name", or "name(ENOSPC)"

  // A completion callback that adds its name, and its error if it has one.
  Callback callback(std::string name);

  // Adds Drain, Prefinish, Finish, Pipe, Unpipe, Error and Close, after the prefix. For another
  // event, such as fs::Full, add a listener that calls add().
  void listen(WritableBase& stream, const std::string& prefix = "");
  // The same without an Error listener, which leaves errors unhandled.
  void listen_except_error(WritableBase& stream, const std::string& prefix = "");

  // Everything that a readable emits except its chunks: a listener for them would make it flow.
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

  // Adds each chunk, "data(abc)", and makes the stream flow.
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

// The name of an error ("ENOSPC", "ERR_STREAM_DESTROYED"), or else its message; "ok" for success.
std::string name_of(const Error& error);

}  // namespace weir::test
