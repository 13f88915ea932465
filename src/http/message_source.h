// Where the body of an IncomingMessage comes from: the parser of its connection.
#pragma once

#include "http/close_waiter.h"
#include "http/parser.h"
#include <weir/http/incoming_message.h>
#include <weir/stream/done.h>
#include <weir/stream/source.h>

#include <memory>

namespace weir::http {

// Who parses messages out of a connection.
class BodyHost {
 public:
  // There is room for more of the body.
  virtual void on_body_wanted() = 0;
  // A listener of the message threw; only where that is observed.
  virtual void on_listener_threw(IncomingMessage&) noexcept {}

 protected:
  ~BodyHost() = default;
};

class MessageSource final : public Source, private ThrowObserver {
 public:
  // REQUIRES: the host tells by `leave` that it goes.
  static Ref<IncomingMessage> make(MessageHead& head, Ref<net::Connection> connection,
                                   BodyHost& host);
  static MessageSource& of(IncomingMessage& message) noexcept { return message.source_; }

  // --- From the host. ---

  void observe_throws() noexcept { message_->listeners().observe_throws(*this); }
  // False: it has no room for more now.
  bool push(Buffer piece);
  void complete(Headers trailers);
  // The host goes: nothing more will come.
  void leave() noexcept { host_ = nullptr; }
  // The connection is closed: stops the signal, and ends the message unless it is complete and
  // read, or destroyed.
  void abort(Error error);
  // The Loop goes, and calls nothing back.
  void drop_signal() noexcept { message_->stop_ = std::stop_source(std::nostopstate); }
  // The response has finished: what is not read will not be.
  void dump();
  // Nobody wants what is to come, whoever has read of it.
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
  bool read_ = false;     // somebody asked for the body
  bool cut_off_ = false;  // the connection closed before the exchange was over
  std::unique_ptr<CloseWaiter> closing_;
};

}  // namespace weir::http
