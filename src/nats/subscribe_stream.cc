// The source of a plain subscription, which keeps the messages that the stream has no room for.
#include "nats/errors.h"
#include "nats/link.h"
#include "nats/outgoing.h"
#include "nats/subscription.h"
#include <weir/nats/consume_stream.h>
#include <weir/nats/internal/stream_options.h>
#include <weir/stream/source.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

namespace weir::nats {
namespace internal {
namespace {

class Subscriber final : public ObjectSource<Message>, private LinkUser {
 public:
  Subscriber(Connection& connection, std::string subject, SubscribeOptions options)
      : connection_(&connection), subject_(std::move(subject)), options_(std::move(options)) {
    if (subject_.empty() || subject_.find_first_of(" \t\r\n") != subject_.npos)
      throw failure(Errc::invalid_argument, "subscribe", subject_, "not a subject");
    link().add(*this);
  }
  ~Subscriber() override { link().remove(*this); }

  void construct(Done done) override {
    if (link().is_closed()) return done(link().reason());
    constructed_ = std::make_unique<Done>(std::move(done));
    if (link().is_online()) on_online();
  }

  void read(ObjectReadable<Message>& stream, std::size_t) override {
    if (link().is_closed()) return stream.destroy(link().reason()), void();
    stream_ = Ref<ObjectReadable<Message>>(&stream);
    if (subscription_) subscription_->resume();
  }

  void destroy(Error error, Done done) override {
    subscription_.reset();
    link().remove(*this);
    done(std::move(error));
    stream_ = nullptr;
  }

 private:
  Link& link() const noexcept { return connection_->link(); }

  void on_online() override {
    if (!constructed_) return;
    const std::unique_ptr<Done> done = std::move(constructed_);
    try {
      subscription_ = std::make_unique<Subscription>(
          link(), subject_, options_.queue,
          static_cast<std::size_t>(std::max(options_.max_waiting, 0)),
          [this](OwnedMessage message, natsStatus status) { take(std::move(message), status); });
      subscription_->pause();
    } catch (...) {
      return (*done)(Error::from_current_exception());
    }
    (*done)();
  }

  void on_closed(const Error& error) override {
    if (constructed_) return (*std::exchange(constructed_, nullptr))(error);
    if (const Ref<ObjectReadable<Message>> stream = stream_) stream->destroy(error);
  }

  void on_loop_ended() noexcept override {
    const Ref<ObjectReadable<Message>> stream = std::move(stream_);
    const std::unique_ptr<Done> constructed = std::move(constructed_);
  }

  void take(OwnedMessage message, natsStatus status) {
    const Ref<ObjectReadable<Message>> stream = stream_;
    if (status == NATS_NO_RESPONDERS) return;
    if (!message)
      return stream->destroy(failure(Errc::slow_consumer, "subscribe", subject_)), void();
    if (!stream->push(read_message(std::move(message))) && subscription_) subscription_->pause();
  }

  Ref<Connection> connection_;
  std::string subject_;
  SubscribeOptions options_;
  std::unique_ptr<Subscription> subscription_;
  Ref<ObjectReadable<Message>> stream_;  // from the first read to the end
  std::unique_ptr<Done> constructed_;
};

}  // namespace
}  // namespace internal

Ref<ObjectReadable<Message>> create_subscribe_stream(Connection& connection, std::string subject,
                                                     const SubscribeOptions& options) {
  auto source = std::make_unique<internal::Subscriber>(connection, std::move(subject), options);
  return ObjectReadable<Message>::make(connection.loop(), std::move(source),
                                       internal::readable_options(options));
}

}  // namespace weir::nats
