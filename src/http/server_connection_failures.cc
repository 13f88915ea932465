// ServerConnection's handling of malformed and slow requests, and of listeners that throw.
#include "http/failure_answers.h"
#include "http/rethrow_on_tick.h"
#include "http/server_connection.h"
#include "http/server_connections.h"
#include <weir/base/error.h>
#include <weir/http/errors.h>
#include <weir/http/server.h>

#include <utility>

namespace weir::http {

void ServerConnection::on_slow() {
  const Pin alive(*this);
  // The client has not taken the response to its failure either, or does not end.
  if (is_ending()) return static_cast<void>(connection_->destroy());
  fail(Errc::request_timeout);
}

// Node: socketOnError.
void ServerConnection::fail(const Error& error, Buffer raw_packet, std::size_t bytes_parsed) {
  state_ = State::failing;
  unparsed_ = {};
  // On a tick, so that the responses' pending writes reach the connection first.
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

void ServerConnection::answer_failure(const Error& error) {
  if (state_ != State::failing) return;
  // Never in the middle of a response.
  if (connection_->writable() && !exchanges_.is_mid_response())
    connection_->write(answer_to(error));
  // Sends the buffered output first. look_for_slow destroys the connection if the client does not
  // take it. A client that was too slow is sending nothing.
  if (error == Errc::request_timeout || connection_->readable_ended())
    return connection_->destroy_soon();
  abort_unanswered();
  discard_input();
}

// --- Listeners that throw ---

void ServerConnection::on_listener_threw(IncomingMessage& request) noexcept {
  if (const Exchange* const found = exchanges_.find(request)) on_listener_threw(found->writer());
}

void ServerConnection::on_listener_threw(MessageWriter& writer) noexcept {
  rethrow_on_tick(connection_->ticks(), [&] { give_up(writer); });
}

// Answers for a program whose listener threw before the response was complete.
void ServerConnection::give_up(MessageWriter& writer) {
  const Pin alive(*this);
  Exchange* const found = exchanges_.find(writer);
  if (!found || found->answer == Exchange::Answer::given_up || state_ != State::open) return;
  if (connection_->destroyed() || found->response->writable_ended()) return;
  if (writer.head_sent()) return static_cast<void>(connection_->reset_and_destroy());
  const Ref<ServerResponse> response = found->response;
  found->answer = Exchange::Answer::given_up;
  state_ = State::giving_up;
  unparsed_ = {};
  const bool has_its_turn = exchanges_.has_turn(*found);
  response->destroy();
  // On a tick: by then the parser has completed a request that arrived whole.
  if (has_its_turn)
    connection_->ticks().next_tick(
        [self = Ref<ServerConnection>(this), response] { self->answer_given_up(*response); });
}

void ServerConnection::answer_given_up(const ServerResponse& response) {
  if (state_ != State::giving_up || connection_->destroyed()) return;
  state_ = State::failing;
  if (connection_->writable()) connection_->write(internal_server_error());
  if (response.request().complete() || !connection_->writable()) return connection_->destroy_soon();
  abort_unanswered();  // an unread body would fill its buffer, and hold up the rest
  discard_input();
}

}  // namespace weir::http
