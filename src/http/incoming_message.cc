#include <weir/http/incoming_message.h>

#include "http/message_source.h"

#include <utility>

#include <fmt/format.h>

namespace weir::http {

namespace {

struct SourceHolder {
  MessageSource source;
};

}  // namespace

// A message and its source in one allocation. The source is constructed first and destroyed last.
struct IncomingMessage::WithSource final : virtual SourceHolder, IncomingMessage {
  WithSource(MessageHead& head, Ref<net::Connection> connection, const ReadableOptions& options)
      : Stream(connection->ticks(), source, {}),
        IncomingMessage(source, head, std::move(connection), options) {}
};

Ref<IncomingMessage> IncomingMessage::make(MessageHead& head, Ref<net::Connection> connection) {
  const ReadableOptions options{
      .high_water_mark = static_cast<std::int64_t>(connection->readable_high_water_mark())};
  Ref<IncomingMessage> message = make_ref<WithSource>(head, std::move(connection), options);
  message->begin(false, {});
  return message;
}

IncomingMessage::IncomingMessage(MessageSource& source, MessageHead& head,
                                 Ref<net::Connection> connection, const ReadableOptions& options)
    : DerivedStream(source, options),
      source_(source),
      connection_(std::move(connection)),
      method_(head.method),
      text_(std::move(method_.empty() ? head.reason : head.url)),
      status_code_(head.status),
      version_major_(head.version_major),
      version_minor_(head.version_minor),
      headers_(std::move(head.headers)) {
  source_.message_ = this;
  side().read_ahead(false);  // the server drops a body that the program has not read
}

const std::string& IncomingMessage::no_text() noexcept {
  static const std::string empty;
  return empty;
}

std::string IncomingMessage::describe() const {
  return method_.empty() ? fmt::format("IncomingMessage {}", status_code_)
                         : fmt::format("IncomingMessage {} {}", method_, text_);
}

const Headers& IncomingMessage::trailers() const noexcept {
  static const Headers none;
  return trailers_ ? *trailers_ : none;
}

std::string IncomingMessage::http_version() const {
  return fmt::format("{}.{}", version_major_, version_minor_);
}

IncomingMessage& IncomingMessage::set_timeout(std::chrono::milliseconds idle, Callback timed_out) {
  if (timed_out) on<TimeoutEvent>([timed_out = std::move(timed_out)]() mutable { timed_out(); });
  connection_->set_timeout(idle);
  return *this;
}

std::stop_token IncomingMessage::signal() {
  if (!stop_.stop_possible()) {
    stop_ = std::stop_source();
    if (aborted_ || source_.cut_off_) stop_.request_stop();
  }
  return stop_.get_token();
}

bool IncomingMessage::is_watched() noexcept {
  if (listeners().empty()) return false;
  return listener_count<End>() > 0 || listener_count<Close>() > 0 || listener_count<Error>() > 0 ||
         listener_count<Aborted>() > 0 || listener_count<Data>() > 0 ||
         listener_count<ReadableEvent>() > 0 || listener_count<Resume>() > 0;
}

// Released without destroy() if the body is complete or the connection is gone: nothing has to be
// aborted.
void IncomingMessage::on_last_ref() noexcept {
  if (!destroyed() && !is_watched() && (complete_ || !source_.host_))
    return RefCounted::on_last_ref();
  Readable::on_last_ref();
}

Ref<IncomingMessage> MessageSource::make(MessageHead& head, Ref<net::Connection> connection,
                                         BodyHost& host) {
  Ref<IncomingMessage> message = IncomingMessage::make(head, std::move(connection));
  message->source_.host_ = &host;
  return message;
}

bool MessageSource::push(Buffer piece) {
  return dumped_ || message_->destroyed() || message_->push(std::move(piece));
}

void MessageSource::complete(Headers&& trailers) {
  const Pin alive(*message_);
  message_->complete_ = true;
  if (!trailers.empty()) message_->trailers_ = std::make_unique<const Headers>(std::move(trailers));
  if (!message_->destroyed()) message_->push(nullptr);
}

void MessageSource::abort(Error error) {
  const Ref<IncomingMessage> alive(message_);
  leave();
  cut_off_ = true;
  if (!message_->destroyed()) message_->destroy(std::move(error));
  message_->stop_.request_stop();
}

void MessageSource::dump() {
  if (!read_ && !is_out_of_sight()) discard();
}

// No listener and no other reference can observe whether the body was read to its end.
bool MessageSource::is_out_of_sight() const noexcept {
  constexpr std::size_t kExchangeAndResponse = 2;
  return message_->complete_ && message_->readable_length() == 0 && !message_->is_watched() &&
         Ref<IncomingMessage>(message_).use_count() == kExchangeAndResponse + 1;
}

void MessageSource::discard() {
  if (dumped_ || message_->destroyed()) return;
  dumped_ = true;
  message_->remove_all_listeners<Data>();
  // A complete body without buffered data owes only its End. Node: _dump.
  if (message_->complete_ && message_->readable_length() == 0)
    message_->read(0);
  else
    message_->resume();
}

void MessageSource::read(Readable&, std::size_t) {
  if (!std::exchange(read_, true)) message_->side().read_ahead(true);
  if (host_) host_->on_body_wanted();
}

void MessageSource::destroy(Error error, Done done) {
  const bool whole = message_->readable_ended() && message_->complete_;
  if (!whole) {
    message_->aborted_ = true;
    message_->emit(Aborted{});
    message_->stop_.request_stop();
    // The unread rest of the body makes the connection's further bytes unusable.
    if (host_ && !message_->connection_->destroyed()) {
      closing_ = std::make_unique<CloseWaiter>(*message_->connection_,
                                               [this, error, done = std::move(done)]() mutable {
                                                 finish_destroy(error, std::move(done));
                                               });
      return static_cast<void>(message_->connection_->destroy(std::move(error)));
    }
  }
  finish_destroy(error, std::move(done));
}

// A client that disconnects is an Error only for messages that have an Error listener.
void MessageSource::finish_destroy(const Error& error, Done done) {
  message_->ticks().next_tick(
      [message = Ref<IncomingMessage>(message_), error, done = std::move(done)]() mutable {
        std::move(done)(message->listener_count<Error>() > 0 ? error : Error());
      });
}

}  // namespace weir::http
