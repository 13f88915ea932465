// weir/coro/internal/accept_queue.h - AcceptQueue: the connections of a server on their way to the
// coroutines that wait for them.
//
// A connection is handed to one waiter, which resumes on a tick, so a coroutine that asks meanwhile
// cannot take it. It comes back if that waiter is abandoned before.
#pragma once

#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/base/ring.h>
#include <weir/coro/internal/waiter.h>
#include <weir/event/scoped_listeners.h>
#include <weir/event/tick_queue.h>
#include <weir/net/connection.h>
#include <weir/net/server.h>
#include <weir/net/tls_server.h>

#include <coroutine>
#include <optional>
#include <utility>
#include <vector>

namespace weir::internal {

class AcceptQueue;

// A coroutine that waits for a connection.
class AcceptWaiter final : public Waiter {
 public:
  explicit AcceptWaiter(AcceptQueue& queue);
  ~AcceptWaiter() override;

  void start();
  // Both end the wait: without a connection, the server has closed.
  void give(Ref<net::Connection> connection);
  void give(const Error& error);
  // ERRORS: throws the server's error, or the reason why there is no connection.
  Ref<net::Connection> take();

 private:
  void release() noexcept override;

  const Ref<AcceptQueue> queue_;
  Ref<net::Connection> connection_;
  Error error_;
};

class AcceptQueue final : public RefCounted {
 public:
  AcceptQueue(TickQueue& ticks, net::Server& server);
  // Connections whose handshake has succeeded.
  AcceptQueue(TickQueue& ticks, tls::Server& server);
  // Destroys the connections that no coroutine has taken, and drops the waiters.
  void close();

  TickQueue& ticks() const noexcept { return ticks_; }
  bool has_next() const noexcept { return !accepted_.empty() || error_ || is_closed_; }
  // None once the server has closed.
  Ref<net::Connection> take();

  void await_next(Ref<AcceptWaiter> waiter);
  void forget(const AcceptWaiter& waiter) noexcept;
  void take_back(Ref<net::Connection> connection);
  void take_back(const Error& error);

 private:
  template <class Accepted, class Server>
  void listen(Server& server);
  void hand_out();

  TickQueue& ticks_;
  Ring<Ref<net::Connection>> accepted_;
  std::vector<Ref<AcceptWaiter>> waiting_;  // none while there is a next
  Error error_;
  bool is_closed_ = false;
  bool is_in_use_ = true;  // until close()
  ScopedListeners listeners_;
};

template <class S>
class [[nodiscard]] AcceptAwaiter {
 public:
  explicit AcceptAwaiter(Ref<AcceptQueue> queue) noexcept : queue_(std::move(queue)) {}

  bool await_ready() const noexcept { return queue_->has_next(); }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> coroutine) {
    waiter_ = WaiterOwner<AcceptWaiter>(make_ref<AcceptWaiter>(*queue_));
    if (!waiter_->suspend(coroutine)) return false;
    waiter_->start();
    return true;
  }
  std::optional<Ref<S>> await_resume() {
    const Ref<net::Connection> connection = waiter_ ? waiter_->take() : queue_->take();
    if (!connection) return std::nullopt;
    return Ref<S>(static_cast<S*>(connection.get()));
  }

 private:
  Ref<AcceptQueue> queue_;
  WaiterOwner<AcceptWaiter> waiter_;
};

}  // namespace weir::internal
