#include <weir/coro/internal/accept_queue.h>

#include <weir/coro/internal/stream_waiters.h>
#include <weir/stream/events.h>

namespace weir::internal {

AcceptWaiter::AcceptWaiter(AcceptQueue& queue) : Waiter(queue.ticks()), queue_(&queue) {}

AcceptWaiter::~AcceptWaiter() {
  if (connection_) queue_->take_back(std::move(connection_));
  if (error_) queue_->take_back(error_);
}

void AcceptWaiter::start() { queue_->await_next(Ref<AcceptWaiter>(this)); }

// On a tick, for the listener of the server runs now and the coroutine may destroy the queue.
void AcceptWaiter::give(Ref<net::Connection> connection) {
  connection_ = std::move(connection);
  complete_on_tick();
}

void AcceptWaiter::give(const Error& error) {
  error_ = error;
  complete_on_tick();
}

Ref<net::Connection> AcceptWaiter::take() {
  if (const Error error = error_ ? std::exchange(error_, {}) : failure()) throw Error(error);
  return std::exchange(connection_, nullptr);
}

void AcceptWaiter::release() noexcept { queue_->forget(*this); }

template <class Accepted, class Server>
void AcceptQueue::listen(Server& server) {
  listeners_.on<Accepted>(server, [this](const Accepted& event) {
    // Its Error is heard by the coroutine that takes it.
    ensure_waiters(*event.socket, "co::accept");
    accepted_.push_back(event.socket);
    hand_out();
  });
  listeners_.on<Error>(server, [this](const Error& error) {
    error_ = error;
    hand_out();
  });
  listeners_.on<Close>(server, [this] {
    is_closed_ = true;
    hand_out();
  });
}

AcceptQueue::AcceptQueue(TickQueue& ticks, net::Server& server) : ticks_(ticks) {
  listen<net::ConnectionEvent>(server);
}
AcceptQueue::AcceptQueue(TickQueue& ticks, tls::Server& server) : ticks_(ticks) {
  listen<tls::SecureConnection>(server);
}

void AcceptQueue::close() {
  const Ref<AcceptQueue> self(this);
  is_in_use_ = false;
  listeners_.clear();
  while (!accepted_.empty()) accepted_.pop_front()->destroy();
  for (const Ref<AcceptWaiter>& waiter : std::exchange(waiting_, {})) waiter->drop();
}

Ref<net::Connection> AcceptQueue::take() {
  if (!accepted_.empty()) return accepted_.pop_front();
  if (const Error error = std::exchange(error_, {})) throw Error(error);
  return {};
}

void AcceptQueue::await_next(Ref<AcceptWaiter> waiter) { waiting_.push_back(std::move(waiter)); }

void AcceptQueue::forget(const AcceptWaiter& waiter) noexcept {
  std::erase_if(waiting_, [&](const Ref<AcceptWaiter>& one) { return one.get() == &waiter; });
}

void AcceptQueue::take_back(Ref<net::Connection> connection) {
  if (!is_in_use_) return static_cast<void>(connection->destroy());
  accepted_.push_front(std::move(connection));
  hand_out();
}

void AcceptQueue::take_back(const Error& error) {
  error_ = error;
  hand_out();
}

void AcceptQueue::hand_out() {
  while (!waiting_.empty() && has_next()) {
    const Ref<AcceptWaiter> waiter = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    if (accepted_.empty() && error_)
      waiter->give(std::exchange(error_, {}));
    else
      waiter->give(accepted_.empty() ? nullptr : accepted_.pop_front());
  }
}

}  // namespace weir::internal
