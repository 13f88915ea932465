// Waits for the connection of a destroyed message to close, or for the end of the Loop.
//
// Independent of the exchange, so that a message closes even if its exchange is over.
#pragma once

#include <weir/base/function.h>
#include <weir/event/scoped_listeners.h>
#include <weir/event/tick_queue.h>
#include <weir/net/connection.h>

#include <utility>

namespace weir::http {

class CloseWaiter final : private LoopShutdownHook {
 public:
  // CALLS BACK: `closed` once, with the connection's Close. REQUIRES: the connection has not
  // emitted Close yet.
  CloseWaiter(net::Connection& connection, Function<void()> closed)
      : LoopShutdownHook(connection.ticks()), closed_(std::move(closed)) {
    listeners_.once<Close>(connection, [this] { call(); });
  }

 private:
  void let_go() noexcept override { call(); }

  // May destroy this.
  void call() noexcept {
    if (Function<void()> closed = std::exchange(closed_, nullptr)) closed();
  }

  Function<void()> closed_;
  ScopedListeners listeners_;
};

}  // namespace weir::http
