// The sink of an OutgoingMessage: has the head composed and the body framed, and writes both to the
// connection once it is the message's turn and while that has room.
//
//   stage      on                                                   becomes
//   open       write_head, the first write, end                     composed
//   composed   at its turn: the body, flush_headers, end            begun
//   begun      the last of the body is written                      flushed
//
// The host gives the connection with `assign` and takes it back with `leave`, whatever the stage.
// What is written before that, one batch at most, waits with its Done; so does a batch for the
// connection's Drain.
#pragma once

#include "http/body_framer.h"
#include "http/date.h"
#include "http/message_head.h"
#include "http/outgoing_head.h"
#include <weir/base/ref.h>
#include <weir/http/outgoing_message.h>
#include <weir/stream/sink.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::http {

// Gives messages their turns on a connection.
class MessageHost {
 public:
  // All of the message is with the connection: it is the next one's turn.
  virtual void on_flushed(MessageWriter& writer) = 0;
  // The message has finished, or was destroyed before that.
  virtual void on_over(MessageWriter& writer, bool finished) = 0;
  // A listener of the message threw.
  virtual void on_listener_threw(MessageWriter& writer) noexcept = 0;

 protected:
  ~MessageHost() = default;
};

class MessageWriter final : public Sink, private ThrowObserver {
 public:
  static constexpr SinkTraits kTraits{
      .write = true, .writev = true, .final = true, .delivery = Delivery::until_tick};

  // `dates` is null for a client's messages.
  explicit MessageWriter(Ref<DateCache> dates) noexcept : head_(std::move(dates)) {}

  void belongs_to(OutgoingMessage& message) noexcept { message_ = &message; }

  // --- From the message. ---

  OutgoingHead& head() noexcept { return head_; }
  const OutgoingHead& head() const noexcept { return head_; }
  BodyFramer& body() noexcept { return body_; }
  const BodyFramer& body() const noexcept { return body_; }

  bool head_composed() const noexcept { return stage_ != Stage::open; }
  bool head_sent() const noexcept { return stage_ >= Stage::begun; }
  // ERRORS: throws as OutgoingHead::compose. REQUIRES: !head_composed().
  void compose_head(BodyHint hint = {});
  // Sends the head, at the message's turn, without waiting for a body. REQUIRES: head_composed().
  void flush_head();
  // Text before the head.
  void write_raw(std::string_view text, Callback written);
  void set_timeout(std::chrono::milliseconds idle);

  // --- From the host. ---

  void hosted_by(MessageHost& host) noexcept { host_ = &host; }
  void observe_throws() noexcept { message_->listeners().observe_throws(*this); }
  // The message's turn: what waits is written.
  void assign(net::Connection& connection);
  net::Connection* connection() const noexcept { return connection_; }
  bool flushed() const noexcept { return stage_ == Stage::flushed; }
  // The connection has room again.
  void on_room();
  // The host has no more to do with the message.
  void leave() noexcept;
  // The connection is closed.
  void on_connection_closed();
  // The message was destroyed: what waits for its turn, or for room, will have neither.
  void fail_waiting();

  // --- From the stream. ---

  // The whole body: end(data) where nothing was written before.
  void write(Chunk chunk, Done done) override;
  void writev(Batch batch, Done done) override;
  void final(Done done) override;
  void destroy(Error error, Done done) override;
  bool takes_ranges() override;

 private:
  enum class Stage : std::uint8_t { open, composed, begun, flushed };

  // A Batch whose chunks may be elsewhere.
  struct Pieces {
    std::span<Chunk> chunks;
    std::size_t length;
    bool last;
    bool awaited;
  };

  // What waits for the message's turn: a batch, or the end alone.
  struct Waiting {
    std::optional<Batch> batch;
    Done done;
  };

  void on_listener_threw() noexcept override {
    if (host_) host_->on_listener_threw(*this);
  }

  Error admit(const Pieces& pieces, BodyHint hint);
  void send(const Pieces& pieces, Done done);
  void write_pieces(std::span<Chunk> chunks, std::size_t length);
  void write_pieces(const Pieces& pieces, Done done);
  void wait_for_room(Done done);
  bool has_room_for(const Pieces& pieces) const noexcept;
  bool can_write() const noexcept { return connection_ && connection_->writable(); }

  void begin() noexcept;
  void write_text();
  void write_text(Done done);
  void write_chunk(Chunk& chunk, Callback callback = {});
  Callback completing(Done done);
  void complete(Done done, const Error& error);

  OutgoingMessage* message_ = nullptr;
  MessageHost* host_ = nullptr;  // none: the message looks after itself
  net::Connection* connection_ = nullptr;
  Stage stage_ = Stage::open;
  bool flush_wanted_ = false;    // of `text_`, although no body comes with it
  bool unacknowledged_ = false;  // a Done was called before the connection's
  OutgoingHead head_;
  BodyFramer body_;
  HeadText text_;  // composed, and not with the connection yet
  std::optional<Waiting> waiting_;
  std::string raw_;  // stands before `text_`
  std::vector<Callback> raw_written_;
  std::optional<Done> for_room_;  // waits for the connection's Drain
  std::optional<Done> closing_;   // a destroy that waits for the connection to close
  std::optional<std::chrono::milliseconds> timeout_;
};

}  // namespace weir::http
