#include "nats/request.h"

#include "nats/errors.h"
#include "nats/link.h"
#include "nats/outgoing.h"
#include "nats/subscription.h"
#include <weir/loop/scoped_timer.h>

#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace weir::nats::internal {
namespace {

class Request final : public RefCounted, private LinkUser, private LoopShutdownHook {
 public:
  Request(Connection& connection, std::string subject, std::string data,
          Connection::Replied replied)
      : LoopShutdownHook(connection.loop().ticks()),
        connection_(&connection),
        subject_(std::move(subject)),
        data_(std::move(data)),
        replied_(std::move(replied)) {}

  void start(std::chrono::milliseconds timeout) {
    self_ = Ref<Request>(this);
    if (link().is_closed())
      return connection_->loop().next_tick(
          [self = self_] { self->finish(self->link().reason(), {}); });
    link().add(*this);
    timer_ = connection_->loop().set_timeout(timeout, [this, timeout] {
      finish(failure(Errc::timeout, "request", subject_, fmt::format("{} ms", timeout.count())),
             {});
    });
    if (link().is_online()) send();
  }

 private:
  Link& link() const noexcept { return connection_->link(); }

  void send() {
    try {
      const std::string inbox = "_INBOX." + link().unique_name();
      subscription_ = std::make_unique<Subscription>(
          link(), inbox, "", 0, [this](OwnedMessage message, natsStatus status) {
            if (!message) return finish(from_nats(status, "request", subject_), {});
            finish({}, read_message(std::move(message)));
          });
      const natsStatus status = link().publish(subject_.c_str(), inbox.c_str(), data_);
      const bool is_lost =
          status == NATS_CONNECTION_CLOSED || status == NATS_CONNECTION_DISCONNECTED;
      if (status != NATS_OK && !is_lost) throw from_nats(status, "request", subject_);
    } catch (...) {
      connection_->loop().next_tick(
          [self = self_, error = Error::from_current_exception()] { self->finish(error, {}); });
    }
  }

  void finish(Error error, Message reply) {
    if (!replied_) return;
    const Ref<Request> self = std::move(self_);
    timer_.clear();
    link().remove(*this);
    subscription_.reset();
    std::exchange(replied_, {})(std::move(error), std::move(reply));
  }

  void on_online() override { send(); }
  void on_offline() override { subscription_.reset(); }
  void on_closed(const Error& error) override { finish(error, {}); }
  void on_loop_ended() noexcept override {}  // let_go is
  void let_go() noexcept override {
    const Ref<Request> self = std::move(self_);
    timer_.clear();
    link().remove(*this);
    subscription_.reset();
    const Connection::Replied dropped = std::move(replied_);
  }

  Ref<Connection> connection_;
  std::string subject_;
  std::string data_;
  Connection::Replied replied_;
  std::unique_ptr<Subscription> subscription_;
  ScopedTimer timer_;
  Ref<Request> self_;  // until the reply
};

}  // namespace

void send_request(Connection& connection, std::string subject, std::string data,
                  Connection::Replied replied, std::chrono::milliseconds timeout) {
  make_ref<Request>(connection, std::move(subject), std::move(data), std::move(replied))
      ->start(timeout);
}

}  // namespace weir::nats::internal
