// Subscription: messages of a subject, handed on during Link::process. It survives reconnects.
#pragma once

#include "nats/handles.h"
#include "nats/link.h"
#include <weir/base/function.h>

#include <string>

namespace weir::nats::internal {

class Subscription {
 public:
  // CALLS BACK: `take` for each message: or, without one, NATS_NO_RESPONDERS (the answer to some
  // request that has this subject as its reply) and NATS_SLOW_CONSUMER (messages were dropped). It
  // may destroy this.
  using Take = Function<void(OwnedMessage, natsStatus)>;

  // `most`: the messages that may wait for pause() to end; 0: no limit.
  // REQUIRES: link.is_online().
  // ERRORS: throws ERR_NATS_INVALID_ARGUMENT, ERR_NATS_CLOSED.
  Subscription(Link& link, const std::string& subject, const std::string& queue, int most,
               Take take);
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;
  ~Subscription();

  // Leaves messages where they are.
  void pause() noexcept { is_paused_ = true; }
  // Hands on those that are there.
  void resume();

  // The next message that is here; null if there is none. Also while messages are handed on.
  OwnedMessage next();

  // From the Link.
  void receive();
  // The Link is destroyed.
  void let_go() noexcept { link_ = nullptr; }

 private:
  Link* link_;
  OwnedSubscription owned_;
  Take take_;
  bool is_paused_ = false;
  bool* destroyed_ = nullptr;  // on the stack of receive()
};

}  // namespace weir::nats::internal
