#include "nats/subscription.h"

#include "nats/errors.h"

#include <utility>

namespace weir::nats::internal {

Subscription::Subscription(Link& link, const std::string& subject, const std::string& queue,
                           int most, Take take)
    : link_(&link), take_(std::move(take)) {
  natsSubscription* made = nullptr;
  const natsStatus status =
      link.subscribe(&made, subject.c_str(), queue.empty() ? nullptr : queue.c_str());
  if (status != NATS_OK) throw from_nats(status, "subscribe", subject);
  owned_.reset(made);
  natsSubscription_SetPendingLimits(made, most > 0 ? most : -1, -1);
  link.add(*this);
}

Subscription::~Subscription() {
  if (destroyed_) *destroyed_ = true;
  if (link_) link_->remove(*this, std::move(owned_));
}

void Subscription::resume() {
  is_paused_ = false;
  receive();
}

OwnedMessage Subscription::next() {
  natsMsg* message = nullptr;
  natsSubscription_NextMsg(&message, owned_.get(), 0);
  return OwnedMessage(message);
}

void Subscription::receive() {
  if (destroyed_) return;  // the caller is in its loop below
  bool destroyed = false;
  destroyed_ = &destroyed;
  while (!is_paused_) {
    natsMsg* message = nullptr;
    const natsStatus status = natsSubscription_NextMsg(&message, owned_.get(), 0);
    if (status != NATS_OK && status != NATS_NO_RESPONDERS && status != NATS_SLOW_CONSUMER) break;
    try {
      take_(OwnedMessage(message), status);
    } catch (...) {
      if (!destroyed) destroyed_ = nullptr;
      throw;
    }
    if (destroyed) return;
  }
  destroyed_ = nullptr;
}

}  // namespace weir::nats::internal
