// Subscription: messages of a subject, handed on during Link::process. It is made again on each
// connection of its Link.
#pragma once

#include "nats/handles.h"
#include "nats/link.h"
#include <weir/base/function.h>
#include <weir/base/ring.h>

#include <cstddef>
#include <string>

namespace weir::nats::internal {

class Subscription {
 public:
  // CALLS BACK: `take` for each message: or, without one, NATS_NO_RESPONDERS (the answer to some
  // request that has this subject as its reply) and NATS_SLOW_CONSUMER (more than `most` waited,
  // some were dropped). It may destroy this.
  using Take = Function<void(OwnedMessage, natsStatus)>;

  // `most`: the messages that may wait for resume(); 0: no limit.
  // REQUIRES: link.is_online().
  // ERRORS: throws ERR_NATS_INVALID_ARGUMENT.
  Subscription(Link& link, std::string subject, std::string queue, std::size_t most, Take take);
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;
  ~Subscription();

  // Lets messages wait.
  void pause() noexcept { is_paused_ = true; }
  // Hands on those that wait.
  void resume();

  // The next message that is here; null if there is none. Also while messages are handed on.
  OwnedMessage next();

  // --- From the Link. ---

  const std::string& subject() const noexcept { return subject_; }
  natsStatus open();
  void receive();
  // Its connection is closed.
  void on_lost() noexcept { owned_.reset(); }
  // The Link is destroyed.
  void let_go() noexcept { link_ = nullptr; }

 private:
  bool fetch();
  bool hand_on(const bool& destroyed);

  Link* link_;
  std::string subject_;
  std::string queue_;
  std::size_t most_;
  OwnedSubscription owned_;
  Ring<OwnedMessage> waiting_;  // null: no responders
  Take take_;
  bool is_paused_ = false;
  bool has_dropped_ = false;
  bool* destroyed_ = nullptr;  // on the stack of receive()
};

}  // namespace weir::nats::internal
