// One connection of a server: parses requests, sends responses in order.
//
//   state      on                                          becomes
//   open       malformed or slow request                   failing
//              a listener of an exchange throws            giving_up
//              Upgrade, Connect                            left (to its new owner)
//   giving_up  that exchange's turn comes                  failing
//   failing    its answer is written                       discarding
//   open       the last response is sent, and the client   discarding
//              is still sending
//   discarding the client ends, or is too slow             left
//   any        the connection has closed                   left
//
// Closing with unread input resets the connection, and the client may lose the response. So further
// input is discarded until the client ends (RFC 9112, 9.6).
//
//   intake            on                                          becomes
//   open              as many requests are unanswered as may be   full
//   full              the client ends                             full_and_ended
//   full, the other   half of them are answered                   open, parses the rest
#pragma once

#include "http/exchange_queue.h"
#include "http/message_source.h"
#include "http/message_writer.h"
#include "http/parser.h"
#include "http/peer_pace.h"
#include "http/reading_gate.h"
#include "http/request_dispatch.h"
#include <weir/base/ref.h>
#include <weir/net/connection.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <list>

namespace weir::http {

class Server;
class ServerConnection;
class ServerConnections;

using ConnectionList = std::list<Ref<ServerConnection>>;

class ServerConnection final : public RefCounted,
                               private ParserHandler,
                               private BodyHost,
                               private MessageHost {
 public:
  ServerConnection(ServerConnections& connections, Ref<net::Connection> connection);

  void begin();
  void destroy() { connection_->destroy(); }
  // Closes at once if no response is due, else after the last response.
  void close_when_answered();
  // Detaches everything: no event will be emitted any more.
  void let_go() noexcept;

  // Whether the client exceeds the timeouts of the options.
  bool is_slow(Clock::time_point now) const noexcept;
  void on_slow();
  // Whether its last answer is due or written, and the client holds up its end.
  bool is_ending() const noexcept {
    return state_ == State::failing || state_ == State::discarding;
  }
  // Whether output has waited for at least `limit` without the client taking a byte. REQUIRES:
  // called periodically.
  bool is_stalled(Clock::time_point now, std::chrono::milliseconds limit) noexcept;
  void reset() { connection_->reset_and_destroy(); }
  // The keep-alive timeout or the connection's own has passed.
  void on_timeout();
  // Releases unused memory while idle.
  void rest() noexcept {
    connection_->give_back_memory();
    parser_.give_back_memory();
    if (exchanges_.empty()) exchanges_.give_back_memory();
  }

  // The position in ServerConnections' list.
  ConnectionList::iterator place;
  Clock::time_point idle_since{};
  bool idle = false;

 private:
  enum class State : std::uint8_t { open, giving_up, failing, discarding, left };
  enum class Intake : std::uint8_t { open, full, full_and_ended };

  // From the connection.
  void on_data(const Buffer& chunk);
  void on_end();
  void on_error(const Error& error);
  void on_close();
  void on_drain();

  // From the parser.
  void on_message_begin() noexcept override;
  Next on_head(MessageHead&& head) noexcept override;
  void on_body(Buffer piece) noexcept override;
  void on_message_complete(Headers&& trailers) noexcept override;

  // From the messages.
  void on_body_wanted() override;
  void on_flushed(MessageWriter& writer) override;
  void on_over(MessageWriter& writer, bool finished) override;
  void on_listener_threw(IncomingMessage& request) noexcept override;
  void on_listener_threw(MessageWriter& writer) noexcept override;

  void parse(const Buffer& bytes);
  void parse_rest();
  bool has_room_for_requests() const noexcept;
  bool is_full() const noexcept { return intake_ != Intake::open; }
  void set_intake(Intake intake) noexcept;
  Next take(MessageHead& head);
  Exchange add_exchange(const Ref<IncomingMessage>& request, bool keep_alive);
  template <class F>
  void run_listeners(const Ref<ServerResponse>& response, F call) noexcept;
  void hand_over(Buffer head);
  void fail(const Error& error, Buffer raw_packet = {}, std::size_t bytes_parsed = 0);
  void answer_failure(const Error& error);
  void abort_unanswered();
  void close_after(const IncomingMessage& answered);
  void discard_input();
  void give_up(MessageWriter& writer);
  void answer_given_up(const ServerResponse& response);
  void give_turns();
  bool give_turn(const Exchange& exchange);
  void on_answered(const Exchange& exchange);
  void set_idle_if_unused();
  void hold_reading();
  void stop_listening() noexcept;

  ServerConnections& connections_;
  Ref<Server> server_;
  Ref<net::Connection> connection_;
  Parser parser_;
  RequestDispatch dispatch_;
  ExchangeQueue exchanges_;
  Ref<IncomingMessage> incoming_;  // being received
  Ref<IncomingMessage> upgrading_;
  // Of the connection. Not ScopedListeners, whose 200 bytes an idle connection would keep.
  std::array<ListenerId, 7> listeners_{};
  Error refusal_;    // the parser's error
  Buffer unparsed_;  // after the last request below the limit
  RequestPace request_pace_;
  WritePace write_pace_;
  ReadingGate gate_;
  State state_ = State::open;
  Intake intake_ = Intake::open;
};

}  // namespace weir::http
