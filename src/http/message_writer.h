// The sink of an OutgoingMessage: has the head composed and the body framed, and writes both to the
// connection at the message's turn, as long as the connection has room.
//
//   stage      on                                                   becomes
//   open       write_head, the first write, end                     composed
//   composed   at its turn: the body, flush_headers, end            begun
//   begun      the end of the body is written                       flushed
//
// The host gives the connection with `assign` and takes it back with `leave`, at any stage. One
// batch at most waits for the turn or for the connection's Drain, together with its Done.
#pragma once

#include "http/body_framer.h"
#include "http/compose_head.h"
#include "http/date.h"
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

// Assigns messages their turns on a connection.
class MessageHost {
 public:
  // The connection has the whole message: the next one's turn begins.
  virtual void on_flushed(MessageWriter& writer) = 0;
  // The message has finished, or was destroyed unfinished.
  virtual void on_over(MessageWriter& writer, bool finished) = 0;
  // A listener of the message threw.
  virtual void on_listener_threw(MessageWriter& writer) noexcept = 0;

 protected:
  ~MessageHost() = default;
};

class MessageWriter final : public Sink, private ThrowObserver {
 public:
  static constexpr SinkTraits kTraits{.write = true,
                                      .writev = true,
                                      .final = true,
                                      .delivery = Delivery::until_tick,
                                      .completes_ahead = true};

  // `dates` is null for client messages.
  explicit MessageWriter(Ref<DateCache> dates) noexcept : head_(std::move(dates)) {}

  static MessageWriter& of(OutgoingMessage& message) noexcept { return message.writer_; }
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
  // Sends the head at the message's turn, without waiting for a body. REQUIRES: head_composed().
  void flush_head();
  // Writes text before the head.
  void write_raw(std::string_view text, Callback written);
  void set_timeout(std::chrono::milliseconds idle);

  // --- From the host. ---

  void hosted_by(MessageHost& host) noexcept { host_ = &host; }
  void observe_throws() noexcept { message_->listeners().observe_throws(*this); }
  // Begins the message's turn: writes the waiting batch.
  void assign(net::Connection& connection);
  net::Connection* connection() const noexcept { return connection_; }
  bool flushed() const noexcept { return stage_ == Stage::flushed; }
  // The connection has room again.
  void on_room();
  // Detaches the host and the connection.
  void leave() noexcept;
  // The connection is closed.
  void on_connection_closed();
  // The same, after it has sent the whole body: the writes complete, and the end needs no
  // connection. REQUIRES: body().is_whole().
  void on_connection_finished();
  // The message was destroyed: fails the writes that wait for the turn or for room.
  void fail_waiting();

  // --- From the stream. ---

  // Writes a whole body: end(data) without a write before it.
  void write(Chunk chunk, Done done) override;
  void writev(Batch batch, Done done) override;
  void final(Done done) override;
  void destroy(Error error, Done done) override;
  bool takes_ranges() override;

 private:
  enum class Stage : std::uint8_t { open, composed, begun, flushed };

  // A Batch by reference; its chunks may be owned elsewhere.
  struct Pieces {
    std::span<Chunk> chunks;
    std::size_t length;
    bool last;
    bool awaited;
  };

  // A batch that waits for the message's turn; without a batch, the end.
  struct Waiting {
    std::optional<Batch> batch;
    Done done;
  };

  void on_listener_threw() noexcept override {
    if (host_) host_->on_listener_threw(*this);
  }

  Error admit(const Pieces& pieces, BodyHint hint);
  void send(const Pieces& pieces, Done done);
  void write_chunks(std::span<Chunk> chunks, std::size_t length);
  void write_pieces(const Pieces& pieces, Done done);
  void wait_for_room(Done done);
  bool has_room_for(const Pieces& pieces) const noexcept;
  bool can_write() const noexcept { return connection_ && connection_->writable(); }

  void begin();
  void write_raw_text();
  void write_text();
  void write_text(Done done);
  void write_chunk(Chunk& chunk, Callback callback = {});
  Callback completing(Done done);
  void complete(Done done, const Error& error);

  OutgoingMessage* message_ = nullptr;
  MessageHost* host_ = nullptr;  // null: no turns, and no connection
  net::Connection* connection_ = nullptr;
  Stage stage_ = Stage::open;
  bool flush_wanted_ = false;    // `text_` is to be sent without waiting for a body
  bool unacknowledged_ = false;  // a Done was called before its write completed
  OutgoingHead head_;
  BodyFramer body_;
  HeadText text_;  // composed, but not yet written to the connection
  std::optional<Waiting> waiting_;
  std::string raw_;  // precedes `text_`
  std::vector<Callback> raw_written_;
  std::optional<Done> for_room_;  // waits for the connection's Drain
  std::optional<Done> closing_;   // a destroy that waits for the connection's Close
  std::optional<std::chrono::milliseconds> timeout_;
};

}  // namespace weir::http
