// The wait of a destroyed message for its connection to close, which ends with the Loop at the
// latest.
//
// On its own, so that a message which its exchange has forgotten meanwhile closes all the same.
#pragma once

#include <weir/base/function.h>
#include <weir/base/ref.h>
#include <weir/event/tick_queue.h>
#include <weir/net/connection.h>

#include <utility>

namespace weir::http {

class CloseWaiter final : private LoopShutdownHook {
 public:
  // CALLS BACK: `closed` once, with the connection's Close. REQUIRES: that is still to come.
  CloseWaiter(net::Connection& connection, Function<void()> closed)
      : LoopShutdownHook(connection.ticks()),
        connection_(&connection),
        closed_(std::move(closed)),
        listener_(connection.once<Close>([this] { call(); })) {}
  ~CloseWaiter() override { connection_->off(listener_); }

 private:
  void let_go() noexcept override { call(); }

  // May destroy this.
  void call() noexcept {
    if (Function<void()> closed = std::exchange(closed_, nullptr)) closed();
  }

  Ref<net::Connection> connection_;
  Function<void()> closed_;
  ListenerId listener_;
};

}  // namespace weir::http
