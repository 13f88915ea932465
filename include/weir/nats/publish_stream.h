// weir/nats/publish_stream.h - writable streams whose chunks become messages.
//
//   auto out = weir::nats::create_publish_stream(*nats, "logs.web");
//   out->write("one message", [](weir::Error error) { /* the cluster has stored it */ });
//
//   auto rows = weir::nats::create_publish_stream<Row>(          // typed values
//       *nats, "rows", [](const Row& row) { return weir::Buffer::adopt(to_json(row)); });
//
//   file->pipe(weir::nats::create_publish_stream(*nats, "logs.web",      // a message a line
//                                                {.framing = weir::nats::Framing::line}));
//
// - A write completes when JetStream has acknowledged its message: the stream's servers have stored
//   it. What is not acknowledged is writable_length(), so the high-water mark bounds it, and with
//   it the memory. Messages are sent without waiting for the acknowledgements before.
// - After a reconnect, and when JetStream asks to try again (a cluster elects a leader), the
//   messages that are not acknowledged are sent again, in order. Each has an id (Nats-Msg-Id), so
//   the JetStream stream drops those that it has already: within its duplicate_window, nothing is
//   stored twice.
// - A message that JetStream refuses fails the stream with a named error: ERR_NATS_STREAM_FULL,
//   ERR_NATS_NO_STREAM, ERR_NATS_PAYLOAD_TOO_LARGE.
// - The order is that of the writes. One exception: if the leader fails and a new one answers
//   before this client has noticed (less than one round trip), a message that was lost is stored
//   after the ones that followed it. Use message numbers, or a high-water mark of one message,
//   where that matters.
#pragma once

#include <weir/base/buffer.h>
#include <weir/base/durations.h>
#include <weir/base/encoding.h>
#include <weir/base/function.h>
#include <weir/base/owned.h>
#include <weir/base/ref.h>
#include <weir/nats/connection.h>
#include <weir/nats/internal/publish_engine.h>
#include <weir/nats/internal/stream_options.h>
#include <weir/nats/message.h>
#include <weir/stream/derived_stream.h>
#include <weir/stream/object_writable.h>
#include <weir/stream/writable.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::nats {

// When a write is complete.
enum class Guarantee : std::uint8_t {
  stored,  // JetStream has acknowledged the message
  // Plain NATS: a server has received the message, and passes it to the subscribers of the moment,
  // at most once. If the connection is lost meanwhile, the message may be lost with it; its write
  // is complete once the next connection stands.
  sent,
};

// What becomes a message.
enum class Framing : std::uint8_t {
  chunk,  // each chunk that is written; an empty one is an empty message
  // Each line, without its "\n". A last one without an end has the header kOpenLine, so that a
  // reader can restore the text.
  line,
};
inline constexpr std::string_view kOpenLine = "Weir-Open-Line";

struct PublishOptions {
  // See WritableOptions. An empty high-water mark is 1 MiB, or 256 values; an empty low-water mark
  // is half of the high-water mark.
  std::optional<std::int64_t> high_water_mark = {};
  EncodingName default_encoding = Encoding::utf8;
  std::stop_token signal = {};
  bool emit_close = true;
  bool auto_destroy = true;
  std::optional<std::int64_t> low_water_mark = {};
  std::optional<std::int64_t> max_buffered = {};

  Guarantee guarantee = Guarantee::stored;
  Framing framing = Framing::chunk;
  // The most messages that are sent and not acknowledged, beside the mark of bytes.
  std::size_t max_in_flight = 4096;
  // The id of a message; its number counts the stream's messages from 0. Empty: a random name of
  // the stream with the number. A program that is run again after a crash, and writes the same
  // messages again, gives them the same ids, so that they are stored once.
  SharedFunction<std::string(const Buffer& data, std::uint64_t number)> message_id = {};
  // Without ids, a message that is sent again may be stored twice.
  bool message_ids = true;
  // Adds headers to a message.
  SharedFunction<void(const Buffer& data, Headers& headers)> headers = {};
  // The subject of a message, instead of the stream's.
  SharedFunction<std::string(const Buffer& data)> subject = {};
  // Without an acknowledgement for this time, messages are sent again,
  std::chrono::milliseconds ack_timeout{5000};
  // and after this time the stream fails. The time without a connection does not count.
  std::chrono::milliseconds give_up_after{60'000};
};

// What a publish stream has done so far.
struct PublishCounts {
  std::uint64_t published = 0;   // messages that are complete
  std::uint64_t sent = 0;        // messages that were sent, with those sent again
  std::uint64_t duplicates = 0;  // that JetStream had already
  std::uint64_t in_flight = 0;   // sent, not acknowledged
};

class PublishStream : public DerivedStream<PublishStream, Writable> {
 public:
  PublishCounts counts() const noexcept { return engine_.counts(); }

 protected:
  PublishStream(Sink& sink, SinkTraits traits, const WritableOptions& options,
                internal::PublishEngine& engine);

 private:
  internal::PublishEngine& engine_;
};

// REQUIRES: a JetStream stream that stores the subject, unless the guarantee is `sent`.
// ERRORS: throws ERR_NATS_INVALID_ARGUMENT for an empty subject or one with wildcards. An Error
// event as above, and the error that ended the connection.
Ref<PublishStream> create_publish_stream(Connection& connection, std::string subject,
                                         const PublishOptions& options = {});

namespace internal {

template <class T>
class ValueSink final : public ObjectSink<T> {
 public:
  using Encode = SharedFunction<Buffer(const T&)>;

  ValueSink(std::unique_ptr<PublishEngine> engine, Encode encode)
      : engine_(std::move(engine)), encode_(std::move(encode)) {}

  void construct(Done done) override { engine_->construct(std::move(done)); }
  void write(T value, Done done) override {
    std::vector<Buffer> messages;
    messages.push_back(encode_(value));
    engine_->publish(std::move(messages), std::move(done));
  }
  void writev(ObjectBatch<T> batch, Done done) override {
    std::vector<Buffer> messages;
    messages.reserve(batch.chunks.size());
    for (const T& value : batch.chunks) messages.push_back(encode_(value));
    engine_->publish(std::move(messages), std::move(done));
  }
  void destroy(Error error, Done done) override {
    engine_->stop();
    done(std::move(error));
  }

 private:
  std::unique_ptr<PublishEngine> engine_;
  Encode encode_;
};

}  // namespace internal

// A stream of values, which the marks count.
template <class T>
Ref<ObjectWritable<T>> create_publish_stream(Connection& connection, std::string subject,
                                             SharedFunction<Buffer(const T&)> encode,
                                             const PublishOptions& options = {}) {
  auto sink = std::make_unique<internal::ValueSink<T>>(
      internal::make_publish_engine(connection, std::move(subject), options), std::move(encode));
  const SinkTraits traits{.construct = true,
                          .write = true,
                          .writev = true,
                          .delivery = Delivery::until_tick,
                          .overlaps = true};
  return ObjectWritable<T>::make(connection.loop(), std::move(sink), traits,
                                 internal::writable_options(options, internal::kMarkOfValues));
}

}  // namespace weir::nats
