// One request and its response: from the wait for a connection to the request's Close.
//
//   state        on                                              becomes
//   waiting      the agent gives a connection                    exchanging
//                the same, request destroyed; or no connection   left
//   exchanging   response read, request sent, both keep alive    left (connection to the agent)
//                the connection has closed, after it has
//                received the response and sent the whole body   ending
//                refusal read, request not sent, server closes   left (connection destroyed)
//                Upgraded, Connected                             left (connection to its new owner)
//                the connection has closed                       left
//   ending       the request has finished, or is destroyed       left
//   left         Close is emitted on a tick
//
//   response     on                                              becomes
//   awaited      the response has emitted End                    read
//
// The exchange keeps itself and the request alive until it is left.
#pragma once

#include "http/message_source.h"
#include "http/message_writer.h"
#include "http/parser.h"
#include "http/peer_key.h"
#include "http/reading_gate.h"
#include <weir/base/ref.h>
#include <weir/event/scoped_listeners.h>
#include <weir/event/tick_queue.h>
#include <weir/http/client_request.h>
#include <weir/stream/internal/stop_listener.h>
#include <weir/stream/resource.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace weir::http {

class PooledConnection;

// The address of a request's server, and its key in the agent's pool.
struct ConnectionTarget {
  net::ConnectOptions options;
  PeerKey peer;  // requests with the same key share connections
};

class ClientExchange final : public RefCounted,
                             private ParserHandler,
                             private BodyHost,
                             private LoopShutdownHook {
 public:
  ClientExchange(Loop& loop, const RequestOptions& options, ConnectionTarget target);

  // REQUIRES: called once. ERRORS: throws as the agent's connect; no callback follows then.
  void begin(ClientRequest& request, const std::stop_token& signal);

  // --- For the agent. ---

  ConnectionTarget& target() noexcept { return target_; }
  std::optional<std::chrono::milliseconds> timeout() const noexcept { return timeout_; }
  void reuses_connection() noexcept { request_->reused_ = true; }
  // Starts the request on the next tick.
  void on_connection(Ref<PooledConnection> connection);
  void on_no_connection(Error error);

  // --- From the request. ---

  void on_destroy(Error error, Done done);
  // Returns the error that the request is to be destroyed with.
  Error on_write_failed(const Error& error);

 private:
  enum class State : std::uint8_t { waiting, exchanging, ending, left };
  enum class Answer : std::uint8_t { awaited, read };

  void start(Ref<PooledConnection> connection);
  void start_destroyed(PooledConnection& connection);

  // From the connection.
  void on_data(const Buffer& chunk);
  void on_end();
  void on_error(const Error& error);
  void on_close();
  void on_timeout();

  // From the parser.
  void on_message_begin() noexcept override;
  Next on_head(MessageHead&& head) noexcept override;
  void on_body(Buffer piece) noexcept override;
  void on_message_complete(Headers&& trailers) noexcept override;
  // From the response.
  void on_body_wanted() override;
  void on_response_end();
  void on_request_finish();
  void stop_sending();

  net::Connection& connection() const noexcept;
  MessageWriter& writer() const noexcept { return request_->writer(); }
  // Both the client and the server keep the connection alive.
  bool may_keep_connection() const noexcept {
    return server_wants_ == Persistence::keep &&
           writer().head().rules().wanted == Persistence::keep;
  }
  bool is_answered() const noexcept { return response_ && response_->complete(); }
  // By a complete response.
  bool is_refused() const noexcept;
  bool is_sending() const noexcept;
  bool lacks_only_end() const noexcept;

  void inform(MessageHead head);
  void answer(MessageHead head);
  void hand_over(Buffer head);
  void fail(const Error& error);
  void report(const Error& error);
  void release_if_over();
  void await_end();
  void destroy_on(const std::stop_token& signal);
  void leave();
  void detach() noexcept;
  void let_go() noexcept override;

  TickQueue& ticks_;
  ConnectionTarget target_;
  std::optional<std::chrono::milliseconds> timeout_;
  bool joins_duplicates_;
  Parser parser_;
  Ref<ClientRequest> request_;
  Ref<Agent> agent_;
  Ref<PooledConnection> pooled_;
  Ref<IncomingMessage> response_;
  Ref<ClientExchange> alive_;
  std::optional<internal::StopListener> stop_;
  std::optional<Done> closing_;  // the request's destroy, until the connection has closed
  Error refusal_;                // the parser's error, after which the response is aborted
  ReadingGate gate_;
  State state_ = State::waiting;
  Answer answer_ = Answer::awaited;
  Persistence server_wants_ = Persistence::keep;
  bool failed_ = false;        // the request has emitted an Error, or its write has failed
  bool told_timeout_ = false;  // the request has emitted Timeout
  ScopedListeners listeners_;  // of the connection and of both messages
};

// The resource of a ClientRequest.
class ClientResource final : public Resource {
 public:
  explicit ClientResource(Ref<ClientExchange> exchange) : exchange_(std::move(exchange)) {}

  // REQUIRES: the stream of this resource exists.
  MessageWriter& writer() noexcept {
    share_queue_with(writer_);
    return writer_;
  }
  ClientExchange& exchange() const noexcept { return *exchange_; }

  void destroy(Error error, Done done) override {
    writer_.fail_waiting();
    exchange_->on_destroy(std::move(error), std::move(done));
  }
  bool takes_ranges() override { return writer_.takes_ranges(); }

 private:
  MessageWriter writer_{nullptr};
  Ref<ClientExchange> exchange_;
};

}  // namespace weir::http
