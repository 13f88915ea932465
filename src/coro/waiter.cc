#include <weir/coro/internal/waiter.h>

namespace weir::internal {

bool Waiter::suspend(std::coroutine_handle<> coroutine, const std::stop_token& token) {
  if (is_over()) return false;
  if (!has_queue() || ticks_.closed()) {
    end(State::loop_gone);
    return false;
  }
  if (token.stop_requested()) {
    end(State::stopped);
    return false;
  }
  if (token.stop_possible()) {
    stop_.emplace(ticks_, token, [this] {
      const Ref<Waiter> self(this);
      if (is_over()) return;
      end(State::stopped);
      resume_on_tick();
    });
    // Another thread has stopped it since it was asked: what would be waited for must not begin.
    if (is_over()) {
      stop_.reset();
      return false;
    }
  }
  state_ = State::waiting;
  coroutine_ = coroutine;
  return true;
}

void Waiter::complete() {
  if (is_over()) return;
  const Ref<Waiter> self(this);
  state_ = State::completed;
  resume();
}

void Waiter::complete_on_tick() {
  if (is_over()) return;
  state_ = State::completed;
  resume_on_tick();
}

void Waiter::drop() {
  if (is_over()) return;
  end(State::dropped);
  resume_on_tick();
}

void Waiter::abandon() noexcept {
  coroutine_ = nullptr;
  if (is_over()) return;
  end(State::dropped);
  stop_.reset();
}

Error Waiter::failure() const {
  switch (state_) {
    case State::stopped:
      return Errc::aborted;
    case State::loop_gone:
      return {Errc::aborted, "The Loop was destroyed"};
    case State::dropped:
      return Errc::stream_premature_close;
    default:
      return {};
  }
}

void Waiter::end(State state) {
  state_ = state;
  release_once();
}

void Waiter::resume_on_tick() {
  if (!coroutine_) return;
  // While the queue closes, no tick will run: let_go resumes.
  if (has_queue() && !ticks_.closed())
    ticks_.next_tick([self = Ref<Waiter>(this)] { self->resume(); });
}

void Waiter::resume() {
  stop_.reset();
  if (const std::coroutine_handle<> coroutine = std::exchange(coroutine_, nullptr))
    coroutine.resume();
}

void Waiter::release_once() noexcept {
  if (!std::exchange(is_released_, true)) release();
}

// The queue is closing. A coroutine of another type may let its exception out of resume().
void Waiter::let_go() noexcept {
  const Ref<Waiter> self(this);
  if (!is_over()) end(State::loop_gone);
  try {
    resume();
  } catch (...) {  // NOLINT: no handler is left
  }
}

}  // namespace weir::internal
