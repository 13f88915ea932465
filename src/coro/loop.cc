#include <weir/coro/loop.h>

#include <utility>

namespace weir::internal {

void TimerWaiter::start(Loop& loop, std::chrono::milliseconds delay) {
  timer_ = loop.set_timeout(delay, [self = Ref<TimerWaiter>(this)] {
    self->timer_ = nullptr;
    self->complete();
  });
}

void TimerWaiter::release() noexcept {
  if (const Ref<Timer> timer = std::exchange(timer_, nullptr)) timer->clear();
}

void ImmediateWaiter::start(Loop& loop) {
  immediate_ = loop.set_immediate([self = Ref<ImmediateWaiter>(this)] {
    self->immediate_ = nullptr;
    self->complete();
  });
}

void ImmediateWaiter::release() noexcept {
  if (const Ref<Immediate> immediate = std::exchange(immediate_, nullptr)) immediate->clear();
}

namespace {

// In the post: the loop may be destroyed before it runs.
class Arrival {
 public:
  explicit Arrival(Ref<Move> move) noexcept : move_(std::move(move)) {}
  Arrival(Arrival&&) noexcept = default;
  Arrival& operator=(Arrival&&) = delete;
  ~Arrival() {
    if (move_) move_->resume(false);
  }
  void operator()() {
    if (const Ref<Move> move = std::exchange(move_, nullptr)) move->resume(true);
  }

 private:
  Ref<Move> move_;
};

}  // namespace

void Move::start(Loop& loop, std::coroutine_handle<> coroutine) {
  coroutine_.store(coroutine.address(), std::memory_order_relaxed);
  loop.post(Arrival(Ref<Move>(this)));
}

void Move::resume(bool has_arrived) {
  void* const coroutine = coroutine_.exchange(nullptr, std::memory_order_acq_rel);
  if (!coroutine) return;
  has_arrived_ = has_arrived;
  std::coroutine_handle<>::from_address(coroutine).resume();
}

void MoveAwaiter::await_resume() const {
  if (!move_->has_arrived()) throw Error(Errc::aborted, "The Loop was destroyed");
}

}  // namespace weir::internal
