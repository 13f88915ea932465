// The source of an IncomingMessage: the parser of its connection.
#pragma once

#include "http/close_waiter.h"
#include "http/parser.h"
#include <weir/http/incoming_message.h>
#include <weir/stream/done.h>
#include <weir/stream/source.h>

#include <memory>

namespace weir::http {

// The owner of the parser that produces the body.
class BodyHost {
 public:
  // The message's buffer has room again.
  virtual void on_body_wanted() = 0;
  // A listener of the message threw. Called only after observe_throws().
  virtual void on_listener_threw(IncomingMessage&) noexcept {}

 protected:
  ~BodyHost() = default;
};

class MessageSource final : public Source, private ThrowObserver {
 public:
  // REQUIRES: the host calls `leave` before it is destroyed.
  static Ref<IncomingMessage> make(MessageHead& head, Ref<net::Connection> connection,
                                   BodyHost& host);
  static MessageSource& of(IncomingMessage& message) noexcept { return message.source_; }

  // --- From the host. ---

  void observe_throws() noexcept { message_->listeners().observe_throws(*this); }
  // False: the message's buffer is full.
  bool push(Buffer piece);
  void complete(Headers&& trailers);
  // Detaches the host: no further calls follow.
  void leave() noexcept { host_ = nullptr; }
  // The connection is closed: stops the signal and destroys the message, unless it is destroyed
  // already.
  void abort(Error error);
  // The Loop is being destroyed: stop callbacks must not run.
  void drop_signal() noexcept { message_->stop_ = std::stop_source(std::nostopstate); }
  // The response has finished: drops the unread body.
  void dump();
  // Drops the body, even one that the program has begun to read.
  void discard();

  // --- From the stream. ---

  void read(Readable& stream, std::size_t size) override;
  void destroy(Error error, Done done) override;

 private:
  friend class IncomingMessage;

  void on_listener_threw() noexcept override {
    if (host_) host_->on_listener_threw(*message_);
  }
  bool is_out_of_sight() const noexcept;
  void finish_destroy(const Error& error, Done done);

  IncomingMessage* message_ = nullptr;
  BodyHost* host_ = nullptr;
  bool dumped_ = false;
  bool read_ = false;     // the program has asked for the body
  bool cut_off_ = false;  // the connection closed before the end of the exchange
  std::unique_ptr<CloseWaiter> closing_;
};

}  // namespace weir::http
