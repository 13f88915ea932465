#include "nats/subscription.h"

#include "nats/errors.h"

#include <utility>

namespace weir::nats::internal {

Subscription::Subscription(Link& link, std::string subject, std::string queue, std::size_t most,
                           Take take)
    : link_(&link),
      subject_(std::move(subject)),
      queue_(std::move(queue)),
      most_(most),
      take_(std::move(take)) {
  // A connection that has just been lost is replaced, with its subscriptions.
  const natsStatus status = open();
  if (status != NATS_OK && status != NATS_CONNECTION_CLOSED)
    throw from_nats(status, "subscribe", subject_);
  link.add(*this);
}

Subscription::~Subscription() {
  if (destroyed_ != nullptr) *destroyed_ = true;
  if (link_) link_->remove(*this, std::move(owned_));
}

natsStatus Subscription::open() {
  natsSubscription* made = nullptr;
  const natsStatus status =
      link_->subscribe(&made, subject_.c_str(), queue_.empty() ? nullptr : queue_.c_str());
  if (status != NATS_OK) return status;
  owned_.reset(made);
  return natsSubscription_SetPendingLimits(made, -1, -1);
}

void Subscription::resume() {
  is_paused_ = false;
  receive();
}

OwnedMessage Subscription::next() {
  while (fetch()) {
  }
  while (!waiting_.empty())
    if (OwnedMessage message = waiting_.pop_front()) return message;
  return nullptr;
}

void Subscription::receive() {
  if (destroyed_ != nullptr) return;  // the caller is in its loop below
  bool destroyed = false;
  destroyed_ = &destroyed;
  try {
    while (hand_on(destroyed) && fetch()) {
    }
  } catch (...) {
    if (!destroyed) destroyed_ = nullptr;
    throw;
  }
  if (!destroyed) destroyed_ = nullptr;
}

// Takes a message from cnats, where it would be lost with the connection.
bool Subscription::fetch() {
  if (!owned_) return false;
  natsMsg* memory = nullptr;
  const natsStatus status = natsSubscription_NextMsg(&memory, owned_.get(), 0);
  if (status != NATS_OK && status != NATS_NO_RESPONDERS) return false;
  OwnedMessage message(memory);
  if (most_ > 0 && waiting_.size() >= most_)
    has_dropped_ = true;
  else
    waiting_.push_back(std::move(message));
  return true;
}

// False if this is destroyed.
bool Subscription::hand_on(const bool& destroyed) {
  while (!is_paused_ && !waiting_.empty()) {
    OwnedMessage message = waiting_.pop_front();
    const natsStatus status = message ? NATS_OK : NATS_NO_RESPONDERS;
    take_(std::move(message), status);
    if (destroyed) return false;
  }
  if (!is_paused_ && std::exchange(has_dropped_, false)) take_(nullptr, NATS_SLOW_CONSUMER);
  return !destroyed;
}

}  // namespace weir::nats::internal
