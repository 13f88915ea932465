#include "http/server_connection.h"

#include "http/guarded.h"
#include "http/server_connections.h"
#include "http/status_code.h"
#include "http/text.h"
#include <weir/base/error.h>
#include <weir/http/server.h>
#include <weir/http/status.h>
#include <weir/net/tls_errors.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace weir::http {
namespace {

constexpr std::size_t kUsualHeaderCount = 1000;

// Node: ConnResetException.
Error aborted() {
  return Error::named(std::error_code(ECONNRESET, std::system_category()), "ECONNRESET", "aborted");
}

Parser::Limits limits_of(const ServerOptions& options) {
  return {.header_size = options.max_header_size,
          .header_count = options.max_headers_count.value_or(kUsualHeaderCount),
          .insecure = options.insecure_http_parser};
}

// The answer to a message that is refused before it is a request. Node: badRequestResponse and
// its like.
Buffer answer_to(const Error& error) {
  const int status = status_for(error);
  return Buffer::copy(
      fmt::format("HTTP/1.1 {} {}\r\nConnection: close\r\n\r\n", status, status_text(status)));
}

Buffer internal_server_error() {
  return Buffer::literal("HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\n\r\n");
}

bool has_passed(std::chrono::milliseconds limit, Clock::duration since) {
  return limit.count() > 0 && since > limit;
}

}  // namespace

ServerConnection::ServerConnection(ServerConnections& connections, Ref<net::Connection> connection)
    : connections_(connections),
      server_(&connections.server()),
      connection_(std::move(connection)),
      parser_(Parser::Kind::request, *this, limits_of(connections.options())),
      request_began_(Clock::now()) {}

void ServerConnection::begin() {
  const Pin alive(*this);
  net::Connection& connection = *connection_;
  if (connections_.options().timeout.count() > 0) {
    connection.set_timeout(connections_.options().timeout);
    timeout_set_ = true;
  }
  // Not chained: the order matters, for a connection may have been given that is full of data.
  listeners_[0] = connection.on<Error>([this](const Error& error) { on_error(error); });
  listeners_[1] = connection.on<End>([this] { on_end(); });
  listeners_[2] = connection.on<Close>([this] { on_close(); });
  listeners_[3] = connection.on<Drain>([this] { on_drain(); });
  listeners_[4] = connection.on<net::Timeout>([this] { on_timeout(); });
  // Requests that cannot be answered need not be read.
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
  if (state_ != State::open) return;
  const Parser::Result result = parser_.execute(bytes);
  if (state_ != State::open || connection_->destroyed()) return;
  if (result.error) {
    refusal_ = result.error;
    return fail(result.error, bytes, result.parsed);
  }
  if (result.upgraded) return hand_over(bytes.slice(result.parsed));
  if (!result.paused) return;
  is_full_ = true;
  unparsed_ = bytes.slice(result.parsed);
  hold_reading();
}

// There is room for requests again.
void ServerConnection::parse_rest() {
  const Pin alive(*this);
  if (state_ != State::open || !is_full_ || !has_room_for_requests()) return;
  is_full_ = false;
  if (const Buffer rest = std::exchange(unparsed_, {}); !rest.empty()) parse(rest);
  if (state_ != State::open || is_full_) return;
  if (std::exchange(has_ended_, false)) return on_end();
  hold_reading();
  set_idle_if_unused();
}

// Half of the limit: what has waited is parsed a piece at a time, not a request at a time.
bool ServerConnection::has_room_for_requests() const noexcept {
  return exchanges_.size() <= connections_.options().max_unanswered_requests / 2;
}

// Node: socketOnEnd.
void ServerConnection::on_end() {
  const Pin alive(*this);
  if (state_ == State::open && is_full_) {
    has_ended_ = true;
    return;
  }
  if (state_ == State::open)
    if (const Error error = parser_.finish()) return fail(error);
  const bool is_answering = state_ == State::open || state_ == State::giving_up;
  if (connections_.options().allow_half_open && is_answering && !exchanges_.empty())
    return set_last(exchanges_.back());
  if (connection_->writable()) connection_->end();
}

// The connection is closed once this is answered.
void ServerConnection::set_last(const Exchange& exchange) {
  Framing& framing = exchange.writer().framing();
  framing.should_keep_alive = false;
  framing.last = true;
}

void ServerConnection::close_when_answered() {
  const Pin alive(*this);
  if (connection_->destroyed()) return;
  if (!exchanges_.empty()) return set_last(exchanges_.back());
  connection_->destroy_soon();  // an answer may not be written yet: of a response, or a failure
}

void ServerConnection::on_error(const Error& error) {
  const Pin alive(*this);
  if (state_ != State::open) return;
  // A request says how long it is, so it is whole or it is not.
  if (tls::is_unexpected_eof(error)) return on_end();
  fail(error);
}

void ServerConnection::on_close() {
  const Pin alive(*this);
  if (state_ == State::left) return;
  state_ = State::left;
  stop_listening();
  const std::vector<Exchange> unanswered = take_exchanges();
  if (const Ref<IncomingMessage> cut_off = std::exchange(incoming_, nullptr))
    MessageSource::of(*cut_off).abort(refusal_ ? refusal_ : aborted());
  for (const Exchange& exchange : unanswered) exchange.source().abort(aborted());
  for (const Exchange& exchange : unanswered) exchange.writer().on_connection_closed();
  connections_.remove(*this);
}

std::vector<ServerConnection::Exchange> ServerConnection::take_exchanges() noexcept {
  turns_ = 0;
  return std::exchange(exchanges_, {});
}

void ServerConnection::on_drain() {
  const Pin alive(*this);
  hold_reading();
  if (turns_ > 0) exchanges_[turns_ - 1].writer().on_room();
}

void ServerConnection::on_timeout() {
  const Pin alive(*this);
  net::Connection& connection = *connection_;
  bool heard = incoming_ && incoming_->emit(Timeout{connection});
  if (turns_ > 0) {
    const Ref<ServerResponse> response = exchanges_[turns_ - 1].response;
    heard = response->emit(Timeout{connection}) || heard;
  }
  heard = server_->emit(Timeout{connection}) || heard;
  if (!heard) connection.destroy();
}

bool ServerConnection::is_stalled(Clock::time_point now, std::chrono::milliseconds limit) noexcept {
  const std::uint64_t acknowledged = connection_->bytes_acknowledged();
  const bool moves = std::exchange(acknowledged_, acknowledged) != acknowledged;
  if (moves || connection_->writable_length() == 0) {
    stalled_since_.reset();
    return false;
  }
  if (!stalled_since_) stalled_since_ = now;
  return now - *stalled_since_ >= limit;
}

bool ServerConnection::is_slow(Clock::time_point now) const noexcept {
  if (state_ == State::failing) return true;
  if (stage_ == Stage::none || state_ == State::giving_up) return false;
  const auto since = now - request_began_;
  return (stage_ == Stage::head && has_passed(connections_.headers_timeout(), since)) ||
         has_passed(connections_.options().request_timeout, since);
}

void ServerConnection::on_slow() {
  const Pin alive(*this);
  // It was answered, and does not even take that.
  if (state_ == State::failing) return static_cast<void>(connection_->destroy());
  fail(Errc::http_request_timeout);
}

void ServerConnection::let_go() noexcept {
  const Pin alive(*this);
  state_ = State::left;
  stop_listening();
  incoming_ = nullptr;
  upgrading_ = nullptr;
  for (const Exchange& exchange : take_exchanges()) {
    exchange.request->remove_all_listeners();
    exchange.source().drop_signal();
    exchange.response->remove_all_listeners();
    guarded(connection_->ticks(), [&] { exchange.source().abort({}); });
    guarded(connection_->ticks(), [&] { exchange.writer().on_connection_closed(); });
  }
}

// Node: socketOnError.
void ServerConnection::fail(const Error& error, Buffer raw_packet, std::size_t bytes_parsed) {
  state_ = State::failing;
  unparsed_ = {};
  // On a tick: what responses have written by now is with the connection then.
  const auto answer_later = [&] {
    connection_->ticks().next_tick(
        [self = Ref<ServerConnection>(this), error] { self->answer_failure(error); });
  };
  const ClientError event{error, *connection_, std::move(raw_packet), bytes_parsed};
  try {
    if (server_->emit(event)) return;
  } catch (...) {
    answer_later();
    throw;
  }
  answer_later();
}

bool ServerConnection::is_mid_response() const noexcept {
  return turns_ > 0 && exchanges_[turns_ - 1].writer().head_sent();
}

void ServerConnection::answer_failure(const Error& error) {
  if (state_ != State::failing) return;
  // Never into the middle of a response.
  if (connection_->writable() && !is_mid_response()) connection_->write(answer_to(error));
  // What is written already still goes; who does not take it is destroyed when it is looked for.
  connection_->destroy_soon();
}

// --- From the parser ---

void ServerConnection::on_message_begin() noexcept {
  stage_ = Stage::head;
  request_began_ = Clock::now();
  connections_.set_busy(*this);
}

bool ServerConnection::wants_upgrade(const IncomingMessage& request) const {
  if (request.method() == "CONNECT") return true;
  const auto& callback = connections_.options().should_upgrade_callback;
  return callback ? callback(request) : server_->listener_count<Upgrade>() > 0;
}

ParserHandler::Next ServerConnection::on_head(MessageHead&& head) noexcept {
  stage_ = Stage::body;
  if (state_ != State::open || connection_->destroyed()) return Next::body;
  if (connections_.closes_when_answered()) return Next::body;
  head.headers.join_duplicates(connections_.options().join_duplicate_headers);
  Next next = Next::body;
  guarded(connection_->ticks(), [&] { next = take(head); });
  return next;
}

ParserHandler::Next ServerConnection::take(MessageHead& head) {
  const bool rejects = lacks_host(head);
  const bool may_upgrade = head.upgrade && !rejects;
  const bool keep_alive = head.keep_alive;
  const Ref<IncomingMessage> request = MessageSource::make(head, connection_, *this);
  std::exception_ptr thrown;
  try {
    if (may_upgrade && wants_upgrade(*request)) {
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
      reject(exchange);
    else
      dispatch(exchange);
  });
  return Next::body;
}

// RFC 9112, 3.2.
bool ServerConnection::lacks_host(const MessageHead& head) const noexcept {
  const ServerOptions& options = connections_.options();
  if (head.host == HostField::none) return options.require_host_header && head.version_minor > 0;
  return head.host == HostField::invalid && !options.insecure_http_parser;
}

void ServerConnection::reject(const Exchange& exchange) {
  exchange.response->write_head(kBadRequest, {{"Connection", "close"}});
  exchange.response->end();
}

void ServerConnection::on_body(Buffer piece) noexcept {
  if (!incoming_) return;
  guarded(connection_->ticks(), [&] {
    const Ref<IncomingMessage> message = incoming_;
    if (MessageSource::of(*message).push(std::move(piece))) return;
    body_waits_ = true;
    hold_reading();
  });
}

void ServerConnection::on_message_complete(Headers&& trailers) noexcept {
  stage_ = Stage::none;
  const Ref<IncomingMessage> message = upgrading_ ? upgrading_ : std::exchange(incoming_, nullptr);
  if (!message) return;
  guarded(connection_->ticks(), [&] {
    MessageSource::of(*message).complete(std::move(trailers));
    body_waits_ = false;
    // One that was answered already is not known here any more.
    if (message != upgrading_ &&
        std::ranges::none_of(exchanges_, [&](const Exchange& e) { return e.request == message; }))
      MessageSource::of(*message).leave();
    if (state_ != State::open) return;
    hold_reading();
    set_idle_if_unused();
  });
  const std::size_t most = connections_.options().max_unanswered_requests;
  if (most > 0 && exchanges_.size() >= most && !upgrading_) parser_.pause();
}

ServerConnection::Exchange ServerConnection::add_exchange(const Ref<IncomingMessage>& request,
                                                          bool keep_alive) {
  incoming_ = request;
  auto writer = std::make_unique<MessageWriter>(connections_.dates());
  writer->hosted_by(*this);
  const ServerOptions& options = connections_.options();
  Framing& framing = writer->framing();
  framing.keep_alive_timeout = options.keep_alive_timeout;
  framing.most_requests = options.max_requests_per_socket;
  framing.rejects_body = options.reject_non_standard_body_writes;
  framing.unique = connections_.unique_headers();
  Exchange exchange{incoming_,
                    ServerResponse::make(connections_.loop(), incoming_, std::move(writer),
                                         connections_.high_water_mark())};
  exchange.writer().framing().should_keep_alive = keep_alive;
  exchange.source().observe_throws();
  exchange.writer().observe_throws();
  exchanges_.push_back(exchange);
  give_turns();
  hold_reading();
  return exchange;
}

// --- Listeners that throw ---

// What they throw must not pass the parser's frames: it leaves a tick of its own.
template <class F>
void ServerConnection::run_listeners(const Ref<ServerResponse>& response, F call) noexcept {
  guarded(connection_->ticks(), [&] {
    try {
      call();
    } catch (...) {
      give_up(response->writer());
      throw;
    }
  });
}

void ServerConnection::on_listener_threw(IncomingMessage& request) noexcept {
  const auto found = std::ranges::find_if(
      exchanges_, [&](const Exchange& exchange) { return exchange.request.get() == &request; });
  if (found != exchanges_.end()) on_listener_threw(found->writer());
}

void ServerConnection::on_listener_threw(MessageWriter& writer) noexcept {
  guarded(connection_->ticks(), [&] { give_up(writer); });
}

// Nobody will answer, or finish the answer.
void ServerConnection::give_up(MessageWriter& writer) {
  const Pin alive(*this);
  const auto found = find(writer);
  if (found == exchanges_.end() || found->given_up || state_ != State::open) return;
  if (connection_->destroyed() || found->response->writable_ended()) return;
  if (writer.head_sent()) return static_cast<void>(connection_->reset_and_destroy());
  const Ref<ServerResponse> response = found->response;
  found->given_up = true;
  state_ = State::giving_up;
  unparsed_ = {};
  const bool has_its_turn = found - exchanges_.begin() < static_cast<std::ptrdiff_t>(turns_);
  response->destroy();
  // On a tick: a request that has come whole is known to be complete then.
  if (has_its_turn)
    connection_->ticks().next_tick(
        [self = Ref<ServerConnection>(this), response] { self->answer_given_up(*response); });
}

void ServerConnection::answer_given_up(const ServerResponse& response) {
  if (state_ != State::giving_up || connection_->destroyed()) return;
  state_ = State::failing;
  body_waits_ = is_full_ = false;
  hold_reading();
  if (connection_->writable()) connection_->write(internal_server_error());
  // A connection that is closed with bytes unread is reset, and the answer may be lost with it: the
  // client ends an upload, or is too slow.
  if (response.request().complete() || !connection_->writable())
    connection_->destroy_soon();
  else
    connection_->end();
}

// Node: parserOnIncoming.
void ServerConnection::dispatch(const Exchange& exchange) {
  const IncomingMessage& request = *exchange.request;
  if (request.http_version_minor() > 0) {
    if (refuse(exchange)) return;
    if (const auto expectation = request.headers().get("expect"))
      return expect(exchange, *expectation);
  }
  server_->emit(Request{*exchange.request, *exchange.response});
}

bool ServerConnection::refuse(const Exchange& exchange) {
  const ServerOptions& options = connections_.options();
  if (options.max_requests_per_socket <= 0) return false;
  ++requests_;
  exchange.writer().framing().reached_limit = requests_ >= options.max_requests_per_socket;
  if (requests_ <= options.max_requests_per_socket) return false;
  server_->emit(DropRequest{*exchange.request, *connection_});
  exchange.response->write_head(503);
  exchange.response->end();
  return true;
}

void ServerConnection::expect(const Exchange& exchange, std::string_view expectation) {
  IncomingMessage& request = *exchange.request;
  ServerResponse& response = *exchange.response;
  if (has_word(expectation, "100-continue")) {
    response.expect_continue();
    if (server_->emit(CheckContinue{request, response})) return;
    response.write_continue();
    server_->emit(Request{request, response});
  } else if (!server_->emit(CheckExpectation{request, response})) {
    response.write_head(417);
    response.end();
  }
}

// The connection is somebody else's from here on.
void ServerConnection::hand_over(Buffer head) {
  const Ref<IncomingMessage> request = std::exchange(upgrading_, nullptr);
  const Ref<net::Connection> connection = connection_;
  state_ = State::left;
  stop_listening();
  MessageSource::of(*request).leave();
  const bool cuts_response = is_mid_response();
  for (const Exchange& exchange : take_exchanges()) {
    exchange.source().leave();
    exchange.writer().on_connection_closed();
  }
  connection->stop_flowing();
  const Ref<Server> server = server_;
  connections_.remove(*this);
  const std::uint64_t written = connection->bytes_written();
  try {
    const bool is_taken = request->method() == "CONNECT"
                              ? server->emit(Connect{*request, *connection, std::move(head)})
                              : server->emit(Upgrade{*request, *connection, std::move(head)});
    if (!is_taken) connection->destroy();
  } catch (...) {
    // Nobody else has the connection.
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
  body_waits_ = false;
  hold_reading();
}

// Each response has its turn when the one before it is wholly with the connection.
void ServerConnection::give_turns() {
  // Not deeper: a writer that has its turn may be through with it at once.
  if (std::exchange(giving_turns_, true)) return;
  while (turns_ < exchanges_.size()) {
    if (turns_ > 0) {
      MessageWriter& before = exchanges_[turns_ - 1].writer();
      if (!before.flushed() || before.framing().last) break;
    }
    const bool given_up = exchanges_[turns_].given_up;
    const Ref<ServerResponse> next = exchanges_[turns_++].response;
    if (given_up) {
      answer_given_up(*next);
      break;
    }
    next->writer().assign(*connection_);
    run_listeners(next, [&] { next->emit(SocketEvent{*connection_}); });
  }
  giving_turns_ = false;
}

void ServerConnection::on_flushed(MessageWriter&) { give_turns(); }

std::vector<ServerConnection::Exchange>::iterator ServerConnection::find(
    const MessageWriter& writer) noexcept {
  return std::ranges::find_if(
      exchanges_, [&](const Exchange& exchange) { return &exchange.writer() == &writer; });
}

void ServerConnection::on_over(MessageWriter& writer, bool finished) {
  const Pin alive(*this);
  const auto found = find(writer);
  if (found == exchanges_.end() || found->given_up) return;
  // The other side waits for what will never come. What it keeps is ended when that has closed.
  if (!finished) return static_cast<void>(connection_->destroy());
  const Exchange answered = std::move(*found);
  if (found - exchanges_.begin() < static_cast<std::ptrdiff_t>(turns_)) --turns_;
  exchanges_.erase(found);
  on_answered(answered);
}

// Node: resOnFinish.
void ServerConnection::on_answered(const Exchange& exchange) {
  if (exchange.request->complete()) exchange.source().leave();
  exchange.source().dump();
  if (exchange.writer().framing().last) return connection_->destroy_soon();
  give_turns();
  hold_reading();
  if (is_full_ && has_room_for_requests())
    connection_->ticks().next_tick([self = Ref<ServerConnection>(this)] { self->parse_rest(); });
  set_idle_if_unused();
}

void ServerConnection::set_idle_if_unused() {
  if (!exchanges_.empty() || stage_ != Stage::none || state_ != State::open || is_full_) return;
  if (!connection_->destroyed()) connections_.set_idle(*this);
}

// Reads only while there is room for what comes: in the request's buffer, among those that wait for
// their answers, and, where responses wait for others, in theirs.
void ServerConnection::hold_reading() {
  if (state_ == State::left || connection_->destroyed()) return;
  std::size_t waiting = 0;
  for (std::size_t i = turns_; i < exchanges_.size(); ++i)
    waiting += exchanges_[i].response->writable_length();
  output_waits_ = !exchanges_.empty() &&
                  (connection_->writable_need_drain() || waiting >= connections_.high_water_mark());
  const bool pauses = body_waits_ || output_waits_ || is_full_;
  if (std::exchange(paused_, pauses) == pauses) return;
  if (pauses)
    connection_->pause();
  else
    connection_->resume();
}

}  // namespace weir::http
