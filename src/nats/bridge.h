// Bridge: what cnats calls, on whichever thread, passed on to the loop's thread.
//
// cnats reads and writes its socket when this layer says so (its "event loop" interface), so
// messages arrive on the loop's thread, during Link::process. Its threads only connect and ping;
// their calls are posted. Each of cnats' connections has a Bridge, which outlives the Link: until
// cnats has called for the last time.
#pragma once

#include "loop/mailbox.h"
#include "nats/descriptor.h"
#include "nats/handles.h"
#include <weir/base/error.h>
#include <weir/base/function.h>

#include <atomic>
#include <memory>
#include <string>
#include <utility>

namespace weir::nats::internal {

class Link;

class Bridge : public std::enable_shared_from_this<Bridge> {
 public:
  Bridge(std::shared_ptr<weir::internal::Mailbox> mailbox, Link& link) noexcept
      : mailbox_(std::move(mailbox)), link_(&link) {}
  Bridge(const Bridge&) = delete;
  Bridge& operator=(const Bridge&) = delete;
  ~Bridge();

  // --- On the loop's thread. ---

  // The Link is destroyed, or has done with this connection: later calls do nothing.
  void let_go() noexcept { link_ = nullptr; }

  // While one of these exists, calls of cnats come from the Link's own calls.
  class Inside {
   public:
    explicit Inside(Bridge& bridge) noexcept : before_(std::exchange(current_, &bridge)) {}
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    ~Inside() { current_ = before_; }

   private:
    Bridge* before_;
  };

  // --- On any thread. ---

  // Sets the callbacks and the interface of the event loop. OWNS: a share of this, until the
  // connection is closed or `forget` is called.
  natsStatus attach_to(natsOptions* options);
  // For a connection that was never made, for which cnats calls no more.
  void forget() noexcept;

  // Has the Link called on the loop's thread, if it still exists.
  template <class Call>
  void post(Call call) {
    mailbox_->post([self = shared_from_this(), call = std::move(call)]() mutable {
      if (self->link_) call(*self->link_);
    });
  }

 private:
  static natsStatus on_attach(void** user, void* loop, natsConnection* connection, natsSock socket);
  static natsStatus on_read(void* user, bool add);
  static natsStatus on_write(void* user, bool add);
  static natsStatus on_detach(void* user);
  static void on_servers_changed(natsConnection* connection, void* closure);
  static void on_closed(natsConnection* connection, void* closure);
  static void on_error(natsConnection* connection, natsSubscription* subscription, natsStatus error,
                       void* closure);

  // At once if this is the loop's thread, inside a call of the Link.
  template <class Call>
  void pass(Call call) {
    if (current_ == this && link_) return call(*link_);
    post(std::move(call));
  }

  void count_last_call() noexcept;

  static thread_local Bridge* current_;

  std::shared_ptr<weir::internal::Mailbox> mailbox_;
  Link* link_;                    // read and changed on the loop's thread only
  std::shared_ptr<Bridge> self_;  // while cnats may call
  // on_closed, and on_detach after an on_attach; they come from two threads, in any order.
  std::atomic<int> last_calls_{1};
  natsSock socket_ = -1;  // cnats' own
};

}  // namespace weir::nats::internal
