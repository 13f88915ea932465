// weir/nats/consume_stream.h - a readable stream of the messages of a JetStream stream.
//
//   auto in = weir::nats::create_consume_stream(*nats, "LOGS", "archive");
//   in->on<weir::DataOf<Message>>([&](const weir::DataOf<Message>& data) {
//     file->print("{}\n", data.chunk.data.text());
//     data.chunk.ack();
//   });
//
//   weir::nats::deliver(in, file, {.separator = "\n"}, [](weir::Error error) { ... });
//                          // the same, acknowledged once the file has the message
//
// - The consumer is pulled: the server sends only as many messages as the high-water mark has room
//   for, so a slow reader holds at most that many. lag() is what the server still has for the
//   consumer.
// - A durable consumer keeps its position over runs, and may be read by several streams of any
//   number of programs, which share its messages. It is created if it does not exist. Without a
//   name, the consumer is this stream's alone and vanishes with it.
// - A message that is not answered within ack_wait is delivered again, here or to another reader.
//   This stream hands on no message twice: a delivery of one that it handed on, and that is not
//   answered yet or was acknowledged, is not seen; its acknowledgement is repeated. (With
//   Acks::sent, one that was acknowledged may be seen again.)
// - A destroyed stream gives back at once what it has not handed on, and each message of which all
//   copies are then destroyed without an answer.
// - The stream has no end, unless `until_empty` is set.
//
// Errors: ERR_NATS_NO_STREAM, ERR_NATS_NO_CONSUMER (also if one is deleted meanwhile),
// ERR_NATS_API, and the error that ended the connection.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/durations.h>
#include <weir/base/function.h>
#include <weir/base/ref.h>
#include <weir/nats/connection.h>
#include <weir/nats/message.h>
#include <weir/stream/derived_stream.h>
#include <weir/stream/object_readable.h>
#include <weir/stream/writable.h>

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

namespace weir::nats {

namespace internal {
class Puller;
}  // namespace internal

// Which message a new consumer begins with. An existing durable consumer continues where it was.
enum class From : std::uint8_t { first, last, now, sequence, time };

enum class Acks : std::uint8_t {
  confirmed,  // an acknowledgement is repeated until the server has confirmed it
  sent,       // once: a lost one has the message delivered again
  // The server counts a message as done once it has sent it. With a durable consumer, messages are
  // lost with a connection; without one, none is.
  none,
};

struct ConsumeOptions {
  // See ReadableOptions.
  std::int64_t high_water_mark = 256;  // messages
  std::stop_token signal = {};
  bool emit_close = true;
  bool auto_destroy = true;

  From from = From::first;
  std::uint64_t start_sequence = 0;          // for From::sequence
  std::chrono::nanoseconds start_time = {};  // for From::time: since 1970
  std::string filter_subject = {};           // only messages of these subjects
  Acks acks = Acks::confirmed;
  std::chrono::milliseconds ack_wait{30'000};
  int max_deliver = -1;  // deliveries of a message that is not acknowledged; negative: no limit
  int max_ack_pending = 20'000;  // of the consumer, over all its readers
  // Ends the stream when the consumer has delivered all messages that were there.
  bool until_empty = false;
  // Read the headers of messages; without them, a message costs a third less.
  bool headers = true;
  // Also bounds the bytes that the server sends ahead, but for a message with more, which comes
  // alone; 0: only the mark of messages does.
  std::int64_t max_bytes = 0;
};

struct ConsumeCounts {
  std::uint64_t received = 0;    // messages handed to the reader
  std::uint64_t acked = 0;       // with confirmed acks: confirmed
  std::uint64_t repeated = 0;    // deliveries that the reader has not seen
  std::uint64_t unanswered = 0;  // handed to the reader and not answered, or not confirmed
};

class ConsumeStream : public DerivedStream<ConsumeStream, ObjectReadable<Message>> {
 public:
  // The messages that the server has not delivered to the consumer, at the last delivery.
  std::uint64_t lag() const noexcept;
  ConsumeCounts counts() const noexcept;
  // The name of the consumer; empty before it exists.
  const std::string& consumer() const noexcept;

 protected:
  ConsumeStream(internal::Puller& source, const ReadableOptions& options);

 private:
  friend class internal::Puller;
  void give_back_buffered();

  internal::Puller& puller_;
};

// `durable`: the consumer's name; empty for one of its own.
// ERRORS: throws ERR_NATS_INVALID_ARGUMENT for names that JetStream does not allow.
Ref<ConsumeStream> create_consume_stream(Connection& connection, std::string stream,
                                         std::string durable, const ConsumeOptions& options = {});

struct DeliverOptions {
  std::string separator = {};  // written after each message
  // Acknowledge once the message is on the disk (Writable::sync), not when its write has completed.
  bool sync = false;
  bool end = true;  // ends the destination with the messages
};

// Writes the data of the messages to `destination`, with backpressure, and acknowledges each when
// its write has completed: with a publish stream when JetStream has it, with a file when the system
// has it. CALLS BACK: `finished` once, when the messages have ended and the destination has
// finished, or with the first error of either stream, after which both are destroyed.
void deliver(const Ref<ConsumeStream>& messages, const Ref<Writable>& destination,
             const DeliverOptions& options, Callback finished);

struct SubscribeOptions {
  // See ReadableOptions.
  std::optional<std::int64_t> high_water_mark = {};  // messages; empty: the loop's default
  std::stop_token signal = {};
  bool emit_close = true;
  bool auto_destroy = true;

  std::string queue = {};  // readers with the same queue name share the messages
  // Messages that may wait beside the mark, because NATS sends them without being asked. More are
  // dropped by the client, and the stream fails with ERR_NATS_SLOW_CONSUMER.
  int max_waiting = 65'536;
};

// Plain NATS: the messages of a subject, with wildcards, from now on; at most once, none while no
// server is connected.
Ref<ObjectReadable<Message>> create_subscribe_stream(Connection& connection, std::string subject,
                                                     const SubscribeOptions& options = {});

}  // namespace weir::nats
