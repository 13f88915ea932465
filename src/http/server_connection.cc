#include "http/server_connection.h"

#include "http/failure_answers.h"
#include "http/hand_over.h"
#include "http/parser_limits.h"
#include "http/reset_error.h"
#include "http/rethrow_on_tick.h"
#include "http/server_connections.h"
#include <weir/base/error.h>
#include <weir/http/server.h>
#include <weir/net/tls_errors.h>

#include <exception>
#include <memory>
#include <utility>

namespace weir::http {

ServerConnection::ServerConnection(ServerConnections& connections, Ref<net::Connection> connection)
    : connections_(connections),
      server_(&connections.server()),
      connection_(std::move(connection)),
      parser_(Parser::Kind::request, *this, parser_limits(connections.options())),
      dispatch_(connections.server(), connections.options()),
      request_pace_(connections.clock().now()) {}

void ServerConnection::begin() {
  const Pin alive(*this);
  net::Connection& connection = *connection_;
  if (connections_.options().timeout.count() > 0)
    connection.set_timeout(connections_.options().timeout);
  // One statement each, because the order matters: a connection may arrive with buffered data.
  listeners_[0] = connection.on<Error>([this](const Error& error) { on_error(error); });
  listeners_[1] = connection.on<End>([this] { on_end(); });
  listeners_[2] = connection.on<Close>([this] { on_close(); });
  listeners_[3] = connection.on<Drain>([this] { on_drain(); });
  listeners_[4] = connection.on<net::Timeout>([this] { on_timeout(); });
  // Stops reading when the output is broken: its requests could not be answered.
  listeners_[6] = connection.on<net::Broken>(
      [this](const net::Broken& broken) { connection_->destroy(broken.error); });
  listeners_[5] = connection.on<Data>([this](const Data& data) { on_data(data.chunk); });
  server_->emit(ConnectionEvent{connection});
}

void ServerConnection::stop_listening() noexcept {
  for (const ListenerId id : std::exchange(listeners_, {})) connection_->off(id);
}

// --- From the connection ---

void ServerConnection::on_data(const Buffer& chunk) {
  const Pin alive(*this);
  parse(chunk);
}

void ServerConnection::parse(const Buffer& bytes) {
  const bool is_discarding = state_ == State::discarding && incoming_;
  if (state_ != State::open && !is_discarding) return;
  const Parser::Result result = parser_.execute(bytes);
  if (state_ != State::open || connection_->destroyed()) return;
  if (result.error) {
    refusal_ = result.error;
    return fail(result.error, bytes, result.parsed);
  }
  if (result.upgraded) return hand_over(bytes.slice(result.parsed));
  if (!result.paused) return;
  set_intake(Intake::full);
  unparsed_ = bytes.slice(result.parsed);
  hold_reading();
}

void ServerConnection::set_intake(Intake intake) noexcept {
  intake_ = intake;
  gate_.hold(ReadingGate::Reason::requests, is_full());
}

// Continues with the bytes held back at the limit.
void ServerConnection::parse_rest() {
  const Pin alive(*this);
  if (state_ != State::open || !is_full() || !has_room_for_requests()) return;
  const bool ends = intake_ == Intake::full_and_ended;
  set_intake(Intake::open);
  if (const Buffer rest = std::exchange(unparsed_, {}); !rest.empty()) parse(rest);
  if (state_ != State::open) return;
  if (is_full()) return ends ? set_intake(Intake::full_and_ended) : void();
  if (ends) return on_end();
  hold_reading();
  set_idle_if_unused();
}

// Half of the limit: resumes with a batch of requests instead of one at a time.
bool ServerConnection::has_room_for_requests() const noexcept {
  return exchanges_.size() <= connections_.options().max_unanswered_requests / 2;
}

// Node: socketOnEnd.
void ServerConnection::on_end() {
  const Pin alive(*this);
  if (state_ == State::open && is_full()) return set_intake(Intake::full_and_ended);
  if (state_ == State::open)
    if (const Error error = parser_.finish()) return fail(error);
  const bool is_answering = state_ == State::open || state_ == State::giving_up;
  if (connections_.options().allow_half_open && is_answering && !exchanges_.empty())
    return exchanges_.back().writer().head().close_after();
  if (connection_->writable()) connection_->end();
}

void ServerConnection::close_when_answered() {
  const Pin alive(*this);
  if (connection_->destroyed()) return;
  if (!exchanges_.empty()) return exchanges_.back().writer().head().close_after();
  connection_->destroy_soon();  // the last response or failure may not be written yet
}

void ServerConnection::on_error(const Error& error) {
  const Pin alive(*this);
  if (state_ != State::open) return;
  // Requests are delimited, so a missing close_notify cannot truncate one unnoticed.
  if (tls::is_unexpected_eof(error)) return on_end();
  fail(error);
}

void ServerConnection::on_close() {
  const Pin alive(*this);
  if (state_ == State::left) return;
  state_ = State::left;
  stop_listening();
  abort_unanswered();
  connections_.remove(*this);
}

void ServerConnection::abort_unanswered() {
  const std::vector<Exchange> unanswered = exchanges_.take_all();
  if (const Ref<IncomingMessage> cut_off = std::exchange(incoming_, nullptr))
    MessageSource::of(*cut_off).abort(refusal_ ? refusal_ : connection_reset("aborted"));
  for (const Exchange& exchange : unanswered) exchange.source().abort(connection_reset("aborted"));
  for (const Exchange& exchange : unanswered) exchange.writer().on_connection_closed();
}

void ServerConnection::on_drain() {
  const Pin alive(*this);
  hold_reading();
  if (Exchange* const current = exchanges_.current()) current->writer().on_room();
}

void ServerConnection::on_timeout() {
  const Pin alive(*this);
  net::Connection& connection = *connection_;
  bool heard = incoming_ && incoming_->emit(TimeoutEvent{connection});
  if (const Exchange* const current = exchanges_.current()) {
    const Ref<ServerResponse> response = current->response;
    heard = response->emit(TimeoutEvent{connection}) || heard;
  }
  heard = server_->emit(TimeoutEvent{connection}) || heard;
  if (!heard) connection.destroy();
}

bool ServerConnection::is_stalled(Clock::time_point now, std::chrono::milliseconds limit) noexcept {
  return write_pace_.is_stalled(now, limit, connection_->writable_length() > 0,
                                connection_->bytes_acknowledged());
}

bool ServerConnection::is_slow(Clock::time_point now) const noexcept {
  constexpr std::chrono::seconds kLongestDiscard(30);
  if (state_ == State::failing) return true;
  if (state_ == State::giving_up) return false;
  if (state_ == State::discarding) return now - request_pace_.began() > kLongestDiscard;
  return request_pace_.is_slow(now, {.head = connections_.headers_timeout(),
                                     .request = connections_.options().request_timeout});
}

void ServerConnection::let_go() noexcept {
  const Pin alive(*this);
  state_ = State::left;
  stop_listening();
  incoming_ = nullptr;
  upgrading_ = nullptr;
  for (const Exchange& exchange : exchanges_.take_all()) {
    exchange.request->remove_all_listeners();
    exchange.source().drop_signal();
    exchange.response->remove_all_listeners();
    rethrow_on_tick(connection_->ticks(), [&] { exchange.source().abort({}); });
    rethrow_on_tick(connection_->ticks(), [&] { exchange.writer().on_connection_closed(); });
  }
}

// --- From the parser ---

void ServerConnection::on_message_begin() noexcept {
  request_pace_.on_begin(connections_.clock().coarse_now());
  connections_.set_busy(*this);
}

ParserHandler::Next ServerConnection::on_head(MessageHead&& head) noexcept {
  request_pace_.on_head();
  if (state_ != State::open || connection_->destroyed()) return Next::body;
  if (connections_.closes_when_answered()) return Next::body;
  head.headers.join_duplicates(connections_.options().join_duplicate_headers);
  Next next = Next::body;
  rethrow_on_tick(connection_->ticks(), [&] { next = take(head); });
  return next;
}

ParserHandler::Next ServerConnection::take(MessageHead& head) {
  const bool rejects = dispatch_.lacks_host(head);
  const bool may_upgrade = head.upgrade && !rejects;
  const bool keep_alive = head.keep_alive;
  const Ref<IncomingMessage> request = MessageSource::make(head, connection_, *this);
  std::exception_ptr thrown;
  try {
    if (may_upgrade && dispatch_.wants_upgrade(*request)) {
      upgrading_ = request;
      return Next::tunnel;
    }
  } catch (...) {
    thrown = std::current_exception();
  }
  const Exchange exchange = add_exchange(request, keep_alive);
  run_listeners(exchange.response, [&] {
    if (thrown) std::rethrow_exception(thrown);
    if (rejects)
      RequestDispatch::reject(exchange);
    else
      dispatch_.dispatch(exchange, *connection_);
  });
  return Next::body;
}

void ServerConnection::on_body(Buffer piece) noexcept {
  if (!incoming_) return;
  rethrow_on_tick(connection_->ticks(), [&] {
    const Ref<IncomingMessage> message = incoming_;
    if (MessageSource::of(*message).push(std::move(piece))) return;
    gate_.hold(ReadingGate::Reason::body);
    hold_reading();
  });
}

void ServerConnection::on_message_complete(Headers&& trailers) noexcept {
  request_pace_.on_complete();
  const Ref<IncomingMessage> message = upgrading_ ? upgrading_ : std::exchange(incoming_, nullptr);
  if (!message) return;
  rethrow_on_tick(connection_->ticks(), [&] {
    MessageSource::of(*message).complete(std::move(trailers));
    gate_.release(ReadingGate::Reason::body);
    // An answered exchange has left the queue: its source is detached here.
    if (message != upgrading_ && !exchanges_.find(*message)) MessageSource::of(*message).leave();
    if (state_ == State::discarding) connection_->destroy_soon();
    if (state_ != State::open) return;
    hold_reading();
    set_idle_if_unused();
  });
  const std::size_t most = connections_.options().max_unanswered_requests;
  if (most > 0 && exchanges_.size() >= most && !upgrading_) parser_.pause();
}

Exchange ServerConnection::add_exchange(const Ref<IncomingMessage>& request, bool keep_alive) {
  incoming_ = request;
  const ServerOptions& options = connections_.options();
  FramingRules rules{.wanted = keep_alive ? Persistence::keep : Persistence::close,
                     .keep_alive_timeout = options.keep_alive_timeout,
                     .most_requests = options.max_requests_per_socket,
                     .unique = connections_.unique_headers()};
  if (options.reject_non_standard_body_writes) rules.bodiless = BodyRule::refused;
  Exchange exchange{.request = request,
                    .response = ServerResponse::make(
                        connections_.loop(), connections_.response_memory(), request,
                        connections_.dates(), std::move(rules), connections_.high_water_mark())};
  exchange.writer().hosted_by(*this);
  exchange.source().observe_throws();
  exchange.writer().observe_throws();
  exchanges_.push_back(exchange);
  give_turns();
  hold_reading();
  return exchange;
}

// --- Listeners that throw ---

// Rethrows listener exceptions on a tick, because they must not unwind through llhttp.
template <class F>
void ServerConnection::run_listeners(const Ref<ServerResponse>& response, F call) noexcept {
  rethrow_on_tick(connection_->ticks(), [&] {
    try {
      call();
    } catch (...) {
      give_up(response->writer());
      throw;
    }
  });
}

// The listener owns the connection from here on.
void ServerConnection::hand_over(Buffer head) {
  const Ref<IncomingMessage> request = std::exchange(upgrading_, nullptr);
  const Ref<net::Connection> connection = connection_;
  connections_.hand_over(connection);
  state_ = State::left;
  stop_listening();
  MessageSource::of(*request).leave();
  const bool cuts_response = exchanges_.is_mid_response();
  for (const Exchange& exchange : exchanges_.take_all()) {
    exchange.source().leave();
    exchange.writer().on_connection_closed();
  }
  const Ref<Server> server = server_;
  connections_.remove(*this);
  const std::uint64_t written = connection->bytes_written();
  try {
    if (!emit_hand_over<ConnectEvent, Upgrade>(*server, request->method(), *request, *connection,
                                               std::move(head)))
      connection->destroy();
  } catch (...) {
    // The listener that threw did not take the connection.
    connection->on<Error>([] {});
    if (cuts_response || connection->bytes_written() != written) {
      connection->reset_and_destroy();
    } else {
      if (connection->writable()) connection->write(internal_server_error());
      connection->destroy_soon();
    }
    throw;
  }
}

// --- From the messages ---

void ServerConnection::on_body_wanted() {
  gate_.release(ReadingGate::Reason::body);
  hold_reading();
}

void ServerConnection::give_turns() {
  exchanges_.give_turns([this](const Exchange& next) { return give_turn(next); });
}

bool ServerConnection::give_turn(const Exchange& exchange) {
  if (exchange.answer == Exchange::Answer::given_up) {
    answer_given_up(*exchange.response);
    return false;
  }
  exchange.writer().assign(*connection_);
  run_listeners(exchange.response, [&] { exchange.response->emit(SocketEvent{*connection_}); });
  return true;
}

void ServerConnection::on_flushed(MessageWriter&) { give_turns(); }

void ServerConnection::on_over(MessageWriter& writer, bool finished) {
  const Pin alive(*this);
  Exchange* const found = exchanges_.find(writer);
  if (!found || found->answer == Exchange::Answer::given_up) return;
  // The response stays incomplete, which only a closed connection can tell the client.
  if (!finished) return static_cast<void>(connection_->destroy());
  on_answered(exchanges_.take(*found));
}

// Node: resOnFinish.
void ServerConnection::on_answered(const Exchange& exchange) {
  if (exchange.request->complete()) exchange.source().leave();
  exchange.source().dump();
  if (exchange.writer().head().closes_after()) return close_after(*exchange.request);
  give_turns();
  hold_reading();
  if (is_full() && has_room_for_requests())
    connection_->ticks().next_tick([self = Ref<ServerConnection>(this)] { self->parse_rest(); });
  set_idle_if_unused();
}

void ServerConnection::close_after(const IncomingMessage& answered) {
  const bool has_read_all = exchanges_.empty() && unparsed_.empty() && answered.complete();
  if (has_read_all || connection_->readable_ended()) return connection_->destroy_soon();
  if (!exchanges_.empty()) abort_unanswered();  // they came after the last request
  discard_input();
}

// Ends the connection, and reads what the client still sends.
void ServerConnection::discard_input() {
  if (state_ == State::left || connection_->destroyed()) return;
  state_ = State::discarding;
  request_pace_.on_begin(connections_.clock().now());
  unparsed_ = {};
  set_intake(Intake::open);
  gate_.release(ReadingGate::Reason::body);
  hold_reading();
  if (connection_->writable()) connection_->end();
}

void ServerConnection::set_idle_if_unused() {
  if (!exchanges_.empty() || !request_pace_.is_idle()) return;
  if (state_ != State::open || is_full()) return;
  if (!connection_->destroyed()) connections_.set_idle(*this);
}

// Reads only while there is room: in the request's buffer, in the limit of unanswered requests, and
// in the buffers of responses that wait for their turn.
void ServerConnection::hold_reading() {
  if (state_ == State::left || connection_->destroyed()) return;
  const bool is_output_full =
      !exchanges_.empty() && (connection_->writable_need_drain() ||
                              exchanges_.waiting_length() >= connections_.high_water_mark());
  gate_.hold(ReadingGate::Reason::output, is_output_full);
  gate_.apply(*connection_);
}

}  // namespace weir::http
