// The sink of an OutgoingMessage: frames head and body, and writes them to the connection when it
// is the message's turn.
//
//   head      what is known of it                       on
//   open      lines can be set                          write_head, the first write, end  -> fixed
//   fixed     made, in `out_`                           the body, flush_headers, end      -> sent
//   sent      with the connection
//
//   connection: none yet (waiting_), given by `assign`, taken back by `leave`.
#pragma once

#include "http/date.h"
#include <weir/base/ref.h>
#include <weir/http/outgoing_message.h>
#include <weir/stream/sink.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::http {

// Who gives a message its connection.
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

// What frames a message; Node keeps these in the message itself.
struct Framing {
  bool has_body = true;
  bool chunked = false;
  bool chunked_by_default = true;
  bool pooled = false;  // its connection is kept by who knows whether it may be
  bool should_keep_alive = true;
  bool says_keep_alive = true;  // a Keep-Alive line besides Connection: keep-alive
  bool last = false;            // the connection ends with this message
  bool send_date = false;
  bool reached_limit = false;  // of requests on the connection
  bool removed_connection = false;
  bool removed_length = false;
  bool removed_encoding = false;
  bool strict_length = false;
  bool rejects_body = false;
  std::optional<std::uint64_t> content_length;
  std::shared_ptr<const std::vector<std::string>> unique;  // names of which there is one line
  std::chrono::milliseconds keep_alive_timeout{0};
  int most_requests = 0;
};

class MessageWriter final : public Sink, private ThrowObserver {
 public:
  static constexpr SinkTraits kTraits{
      .write = true, .writev = true, .final = true, .delivery = Delivery::until_tick};

  explicit MessageWriter(Ref<DateCache> dates) noexcept : dates_(std::move(dates)) {}

  void belongs_to(OutgoingMessage& message) noexcept { message_ = &message; }
  OutgoingMessage& message() const noexcept { return *message_; }
  Framing& framing() noexcept { return framing_; }

  // --- From the message. ---

  std::uint64_t body_bytes() const noexcept { return body_bytes_; }
  bool head_fixed() const noexcept { return head_ != Head::open; }
  bool head_sent() const noexcept { return head_ == Head::sent; }
  // Makes the head of its first line, these lines, and what is to be added. ERRORS: throws
  // ERR_HTTP_TRAILER_INVALID.
  void fix_head(std::string_view first_line, int status, const Headers& fields);
  void flush_head();
  // Text before the head.
  void write_raw(std::string_view text, Callback written);
  void set_trailers(std::string trailers) { trailers_ = std::move(trailers); }
  void removed(std::string_view name) noexcept;
  void set_timeout(std::chrono::milliseconds idle);

  // --- From the host. ---

  void hosted_by(MessageHost& host) noexcept { host_ = &host; }
  void observe_throws() noexcept { message_->listeners().observe_throws(*this); }
  // Its turn: what waits is written.
  void assign(net::Connection& connection);
  net::Connection* connection() const noexcept { return connection_; }
  bool flushed() const noexcept { return flushed_; }
  // The connection has room again.
  void on_room();
  // The host has no more to do with it.
  void leave() noexcept;
  // The connection is closed.
  void on_connection_closed();
  // The message was destroyed: what waits for its turn, or for room, will have neither.
  void fail_waiting();

  // --- From the stream. ---

  void write(Chunk chunk, Done done) override;
  void writev(Batch batch, Done done) override;
  void final(Done done) override;
  void destroy(Error error, Done done) override;
  bool takes_ranges() override;

 private:
  enum class Head : std::uint8_t { open, fixed, sent };

  // A write, or the end, that waits for the message's turn.
  struct Waiting {
    bool is_final;
    Batch batch;
    Done done;
  };

  // What the lines said.
  struct Seen {
    bool connection = false;
    bool length = false;
    bool encoding = false;
    bool date = false;
    bool trailer = false;
  };

  void on_listener_threw() noexcept override {
    if (host_) host_->on_listener_threw(*this);
  }

  bool is_one_line(std::string_view name) const noexcept;
  void note_line(Seen& seen, Field field);
  void add_connection_lines(const Seen& seen);
  void add_framing_lines(const Seen& seen);
  void add_line(std::string_view name, std::string_view value);
  void add_number(std::uint64_t number);

  // What there is to be sent of a body in one go.
  struct Piece {
    std::span<Chunk> chunks;
    std::size_t length;
    bool last;
    bool awaited;
  };
  Error prepare(const Piece& piece);
  Error check_length(std::size_t length, bool last);
  void send(const Piece& piece, Done done);
  void append(Chunk chunk);
  void append_all(std::span<Chunk> chunks);
  void finish_body();
  void write_out(Done done);
  template <class Bytes>
  void write_to_connection(Bytes&& bytes, Done done);
  bool has_room_for(std::span<const Chunk> chunks) const noexcept;
  void go_on(Done done);
  void write_out();
  bool can_write() const noexcept;
  void complete(Done done, const Error& error);

  OutgoingMessage* message_ = nullptr;
  MessageHost* host_ = nullptr;  // none: the message looks after itself
  net::Connection* connection_ = nullptr;
  Ref<DateCache> dates_;
  Framing framing_;
  Head head_ = Head::open;
  bool flush_wanted_ = false;  // of what is in out_, although no body comes with it
  bool body_finished_ = false;
  bool flushed_ = false;
  bool unacknowledged_ = false;   // writes were done with when the connection had them
  std::uint64_t body_bytes_ = 0;  // of chunks that were handed on
  std::string out_;               // made, and not with the connection yet
  std::size_t raw_size_ = 0;      // of that, what stands before the head
  std::string trailers_;
  std::optional<Waiting> waiting_;
  std::vector<Callback> raw_written_;
  std::optional<Done> for_room_;  // what waits for the connection's Drain
  std::optional<Done> closing_;   // a destroy that waits for the connection to close
  std::optional<std::chrono::milliseconds> timeout_;
};

}  // namespace weir::http
