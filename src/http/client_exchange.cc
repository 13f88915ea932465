#include "http/client_exchange.h"

#include "http/connection_pool.h"
#include "http/hand_over.h"
#include "http/parser_limits.h"
#include "http/reset_error.h"
#include "http/rethrow_on_tick.h"
#include "http/status_code.h"
#include <weir/base/error.h>
#include <weir/net/tls_errors.h>

#include <utility>

#include <fmt/format.h>

namespace weir::http {
namespace {

// Node: statusIsInformational.
bool is_informational(int status) {
  return status >= 100 && status < 200 && status != kSwitchingProtocols;
}

}  // namespace

ClientExchange::ClientExchange(Loop& loop, const RequestOptions& options, ConnectionTarget target)
    : LoopShutdownHook(loop.ticks()),
      ticks_(loop.ticks()),
      target_(std::move(target)),
      timeout_(options.timeout),
      joins_duplicates_(options.join_duplicate_headers),
      parser_(Parser::Kind::response, *this, parser_limits(options), options.method) {}

void ClientExchange::begin(ClientRequest& request, const std::stop_token& signal) {
  const Pin alive(*this);
  alive_ = Ref<ClientExchange>(this);
  request_ = Ref<ClientRequest>(&request);
  agent_ = request.agent_;
  try {
    agent_->pool_->add(alive_);
  } catch (...) {
    let_go();
    throw;
  }
  destroy_on(signal);
}

// Observes the signal for longer than a Writable does: until the response was read.
void ClientExchange::destroy_on(const std::stop_token& signal) {
  if (signal.stop_requested()) return static_cast<void>(request_->destroy(weir::Errc::aborted));
  if (signal.stop_possible())
    stop_.emplace(ticks_, signal, [this] { request_->destroy(weir::Errc::aborted); });
}

net::Connection& ClientExchange::connection() const noexcept { return pooled_->connection(); }

// --- From the agent ---

void ClientExchange::on_connection(Ref<PooledConnection> connection) {
  ticks_.next_tick(
      [self = Ref<ClientExchange>(this), connection = std::move(connection)]() mutable {
        if (self->state_ == State::waiting) self->start(std::move(connection));
      });
}

void ClientExchange::on_no_connection(Error error) {
  ticks_.next_tick([self = Ref<ClientExchange>(this), error = std::move(error)] {
    if (self->state_ != State::waiting) return;
    self->leave();
    self->report(error);
  });
}

// Node: onSocketNT.
void ClientExchange::start(Ref<PooledConnection> pooled) {
  const Pin alive(*this);
  if (request_->destroyed()) return start_destroyed(*pooled);
  pooled_ = std::move(pooled);
  state_ = State::exchanging;
  net::Connection& connection = pooled_->connection();
  constexpr std::size_t kListeners = 8;  // with those of answer()
  listeners_.reserve(kListeners);
  listeners_.on<Error>(connection, [this](const Error& error) { on_error(error); });
  listeners_.on<Data>(connection, [this](const Data& data) { on_data(data.chunk); });
  listeners_.on<End>(connection, [this] { on_end(); });
  listeners_.on<Close>(connection, [this] { on_close(); });
  listeners_.on<Drain>(connection, [this] { writer().on_room(); });
  listeners_.on<net::Timeout>(connection, [this] { on_timeout(); });
  request_->emit(SocketEvent{connection});
  if (state_ == State::exchanging) writer().assign(connection);
}

// The connection stays usable.
void ClientExchange::start_destroyed(PooledConnection& pooled) {
  const Error error = request_->errored();
  const bool told = request_->aborted();
  const Ref<Agent> agent = agent_;
  const Ref<ClientRequest> request = request_;
  leave();
  agent->pool_->release(pooled, {}, false);
  if (error)
    request->emit(error);
  else if (!told)
    request->emit(connection_reset("socket hang up"));
}

// --- From the request ---

void ClientExchange::on_destroy(Error error, Done done) {
  const Pin alive(*this);
  if (state_ == State::left) return done();
  closing_.emplace(std::move(done));
  if (state_ == State::waiting) return;
  if (state_ == State::ending) return leave();
  const Ref<PooledConnection> pooled = pooled_;
  // A response that is whole outlives the failure of its connection.
  if (response_ && !(failed_ && is_answered())) MessageSource::of(*response_).discard();
  pooled->connection().destroy(std::move(error));
}

// A refusal outweighs the error of sending the rest.
Error ClientExchange::on_write_failed(const Error& error) {
  failed_ = true;
  return is_refused() ? Error() : error;
}

// --- From the connection ---

void ClientExchange::on_data(const Buffer& chunk) {
  const Pin alive(*this);
  if (state_ != State::exchanging) return;
  net::Connection& from = connection();
  // Bytes after a complete response belong to no request.
  if (is_answered()) return static_cast<void>(from.destroy());
  const Parser::Result result = parser_.execute(chunk);
  if (state_ != State::exchanging || from.destroyed()) return;
  if (result.error) {
    refusal_ = result.error;
    return fail(result.error);
  }
  if (result.upgraded) hand_over(chunk.slice(result.parsed));
}

// Node: socketOnEnd.
void ClientExchange::on_end() {
  const Pin alive(*this);
  if (state_ != State::exchanging || is_answered()) return;
  // The end of the connection completes a body that has no length.
  if (response_) static_cast<void>(parser_.finish());
  if (response_ || failed_) return static_cast<void>(connection().destroy());
  fail(connection_reset("socket hang up"));
}

void ClientExchange::on_error(const Error& error) {
  const Pin alive(*this);
  if (state_ != State::exchanging) return;
  // A complete response needs no close_notify, and a refusal outweighs the error of sending the
  // rest of the request. A destroyed request has its own error.
  const bool is_moot = is_answered() && !closing_;
  if (is_moot && (tls::is_unexpected_eof(error) || is_refused())) return;
  report(error);
}

void ClientExchange::fail(const Error& error) {
  connection().destroy();
  report(error);
}

void ClientExchange::report(const Error& error) {
  failed_ = true;
  const Ref<ClientRequest> request = request_;
  request->core().note(error);
  request->emit(error);
}

// Node: socketCloseListener.
void ClientExchange::on_close() {
  const Pin alive(*this);
  if (state_ != State::exchanging) return;
  const Ref<ClientRequest> request = request_;
  const Ref<IncomingMessage> response = response_;
  // "socket hang up" without a response, and with one if the rest of the request was not sent.
  const bool is_sent = lacks_only_end();
  const bool loses_rest = is_answered() && !is_sent && !is_refused() && !request->destroyed() &&
                          request->writable_length() > 0;
  const bool hung_up = (!response || loses_rest) && !failed_;
  is_sent ? await_end() : leave();
  if (response) {
    MessageSource& source = MessageSource::of(*response);
    if (response->complete() && (!response->destroyed() || response->readable_ended()))
      source.leave();
    else
      source.abort(refusal_ ? refusal_ : connection_reset("aborted"));
  }
  if (!hung_up) return;
  const Error error = connection_reset("socket hang up");
  request->core().note(error);
  request->emit(error);
}

void ClientExchange::on_timeout() {
  const Pin alive(*this);
  if (state_ != State::exchanging) return;
  net::Connection& quiet = connection();
  const Ref<IncomingMessage> response = response_;
  if (!std::exchange(told_timeout_, true)) request_->emit(TimeoutEvent{quiet});
  if (response && state_ == State::exchanging) response->emit(TimeoutEvent{quiet});
}

// --- From the parser ---

void ClientExchange::on_message_begin() noexcept {
  // A second response to one request.
  if (state_ == State::exchanging && is_answered()) connection().destroy();
}

// Node: parserOnIncomingClient.
ParserHandler::Next ClientExchange::on_head(MessageHead&& head) noexcept {
  if (state_ != State::exchanging || connection().destroyed()) return Next::body;
  head.headers.join_duplicates(joins_duplicates_);
  if (head.upgrade) {
    response_ = MessageSource::make(head, Ref<net::Connection>(&connection()), *this);
    return Next::tunnel;
  }
  if (is_informational(head.status)) {
    rethrow_on_tick(ticks_, [&] { inform(std::move(head)); });
    return Next::body;
  }
  if (!head.keep_alive) server_wants_ = Persistence::close;
  rethrow_on_tick(ticks_, [&] { answer(std::move(head)); });
  return Next::body;
}

void ClientExchange::inform(MessageHead head) {
  const Ref<ClientRequest> request = request_;
  if (head.status == 100) request->emit(Continue{});
  request->emit(Information{head.status, std::move(head.reason), head.version_major,
                            head.version_minor, std::move(head.headers)});
}

void ClientExchange::answer(MessageHead head) {
  response_ = MessageSource::make(head, Ref<net::Connection>(&connection()), *this);
  const Ref<IncomingMessage> response = response_;
  listeners_.on<End>(*response, [this] { on_response_end(); });
  listeners_.on<Finish>(*request_, [this] { on_request_finish(); });
  if (request_->destroyed() || request_->listener_count<ResponseEvent>() == 0)
    MessageSource::of(*response).discard();
  else
    request_->emit(ResponseEvent{*response});
}

void ClientExchange::on_body(Buffer piece) noexcept {
  if (!response_ || state_ != State::exchanging) return;
  rethrow_on_tick(ticks_, [&] {
    const Ref<IncomingMessage> response = response_;
    if (MessageSource::of(*response).push(std::move(piece))) return;
    if (state_ != State::exchanging) return;
    gate_.hold(ReadingGate::Reason::body);
    gate_.apply(connection());
  });
}

void ClientExchange::on_message_complete(Headers&& trailers) noexcept {
  // Interim responses have no IncomingMessage.
  if (!response_ || response_->complete()) return;
  rethrow_on_tick(ticks_, [&] {
    const Ref<IncomingMessage> response = response_;
    MessageSource::of(*response).complete(std::move(trailers));
    on_body_wanted();
  });
}

void ClientExchange::on_body_wanted() {
  if (state_ != State::exchanging) return;
  gate_.release(ReadingGate::Reason::body);
  gate_.apply(connection());
}

// Node: responseOnEnd.
void ClientExchange::on_response_end() {
  const Pin alive(*this);
  if (state_ != State::exchanging) return;
  answer_ = Answer::read;
  if (may_keep_connection()) return release_if_over();
  if (!connection().writable()) return;
  if (is_refused() && is_sending()) return stop_sending();
  connection().destroy_soon();
}

bool ClientExchange::is_refused() const noexcept {
  return is_answered() && response_->status_code() >= kMultipleChoices;
}

bool ClientExchange::is_sending() const noexcept {
  return !request_->writable_ended() || request_->writable_length() > 0 ||
         connection().writable_length() > 0;
}

// RFC 9112, 9.5: after a refusal the server closes, perhaps without reading the rest.
void ClientExchange::stop_sending() {
  const Ref<PooledConnection> pooled = pooled_;
  MessageSource::of(*response_).leave();
  leave();
  pooled->connection().destroy();
}

// --- The end ---

// The server has received the whole body and has accepted it, before the request has finished.
bool ClientExchange::lacks_only_end() const noexcept {
  return is_answered() && !request_->errored() && !is_refused() && !request_->destroyed() &&
         !request_->writable_finished() && writer().body().is_whole() &&
         connection().writable_finished();
}

void ClientExchange::await_end() {
  state_ = State::ending;
  listeners_.clear();
  pooled_ = nullptr;
  response_ = nullptr;
  listeners_.on<Finish>(*request_, [this] { on_request_finish(); });
  writer().on_connection_finished();
}

void ClientExchange::on_request_finish() {
  const Pin alive(*this);
  if (state_ == State::ending) return leave();
  release_if_over();
}

// Node: responseKeepAlive.
void ClientExchange::release_if_over() {
  const Pin alive(*this);
  if (state_ != State::exchanging || answer_ != Answer::read || !request_->writable_finished())
    return;
  if (!may_keep_connection() || connection().destroyed()) return;
  const Ref<PooledConnection> pooled = pooled_;
  const Ref<Agent> agent = agent_;
  if (pooled->connection().timeout().count() > 0) pooled->connection().set_timeout({});
  std::string hint(response_->headers().first("keep-alive").value_or(""));
  MessageSource::of(*response_).leave();
  leave();
  // After the request's Close, as in Node.
  ticks_.next_tick(
      [pooled, agent, hint = std::move(hint)] { agent->pool_->release(*pooled, hint, true); });
}

// The listener owns the connection from here on.
void ClientExchange::hand_over(Buffer head) {
  const Ref<IncomingMessage> response = response_;
  const Ref<ClientRequest> request = request_;
  const Ref<PooledConnection> pooled = pooled_;
  net::Connection& connection = pooled->connection();
  const bool connects = request->method() == "CONNECT";
  const bool heard =
      connects ? request->listener_count<Connected>() > 0 : request->listener_count<Upgraded>() > 0;
  if (!heard)
    return fail(connection_reset(fmt::format("unexpected {} {}: {} has no listener",
                                             response->status_code(), response->status_message(),
                                             connects ? "Connected" : "Upgraded")));
  MessageSource::of(*response).leave();
  agent_->pool_->take_away(*pooled);
  leave();
  emit_hand_over<Connected, Upgraded>(*request, request->method(), *response, connection,
                                      std::move(head));
}

void ClientExchange::leave() {
  const Ref<ClientRequest> request = request_;
  state_ = State::left;
  writer().leave();
  detach();
  const Ref<ClientExchange> self = std::exchange(alive_, nullptr);
  if (!closing_) request->destroy();
  // After the callbacks of the destroyed writes.
  ticks_.next_tick([self, request] {
    self->request_ = nullptr;
    request->emit_close();
  });
  if (auto done = std::exchange(closing_, std::nullopt)) (*done)();
}

void ClientExchange::detach() noexcept {
  listeners_.clear();
  stop_.reset();
  pooled_ = nullptr;
  response_ = nullptr;
  agent_ = nullptr;
}

// The loop is being destroyed: no event will be emitted any more.
void ClientExchange::let_go() noexcept {
  const Pin alive(*this);
  state_ = State::left;
  const Ref<ClientRequest> request = request_;
  const Ref<IncomingMessage> response = response_;
  const Ref<ClientExchange> self = std::exchange(alive_, nullptr);
  if (request) {
    writer().leave();
    request->remove_all_listeners();
  }
  detach();
  request_ = nullptr;
  if (response) {
    response->remove_all_listeners();
    MessageSource::of(*response).drop_signal();
    rethrow_on_tick(ticks_, [&] { MessageSource::of(*response).abort({}); });
  }
  if (auto done = std::exchange(closing_, std::nullopt))
    rethrow_on_tick(ticks_, [&] { (*done)(); });
  if (request) rethrow_on_tick(ticks_, [&] { request->destroy(); });
}

}  // namespace weir::http
