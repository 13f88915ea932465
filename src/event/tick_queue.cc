#include <weir/event/tick_queue.h>

#include <weir/base/assert.h>

#include <cstdio>

namespace weir {

TickQueue::TickQueue() : thread_(std::this_thread::get_id()) {}

TickQueue::~TickQueue() { close(); }

void TickQueue::drain() {
  if (draining_) return;
  while (!empty()) run_first(ticks_.empty() ? after_ : ticks_);
}

// A tick is called where it lies and stays in its queue until it has returned or thrown.
inline void TickQueue::run_first(StableQueue<Tick>& queue) {
  struct Running {
    TickQueue& ticks;
    StableQueue<Tick>& queue;
    ~Running() {
      queue.pop_front();
      ticks.draining_ = false;
      if (ticks.closed_) ticks.drop_all();
    }
  };
  draining_ = true;
  const Running running{*this, queue};
  queue.front()();
}

void TickQueue::drop_all() noexcept {
  ticks_.clear();
  after_.clear();
}

void TickQueue::warn(Warning warning) {
  next_tick([this, warning = std::move(warning)] {
    if (on_warning_) return on_warning_(warning);
    std::fprintf(stderr, "(weir) %s: %s\n", warning.name.c_str(), warning.message.c_str());
  });
}

void TickQueue::call_on_this_thread(Function<void()> call) {
  internal::require_function(call, "callback");
  if (std::this_thread::get_id() == thread_) return call();
  WEIR_REQUIRE(hand_over_);
  hand_over_(std::move(call));
}

void TickQueue::drive(Function<void()> wake, Function<void(Function<void()>)> hand_over) {
  wake_ = std::move(wake);
  hand_over_ = std::move(hand_over);
}

void TickQueue::close() noexcept {
  closed_ = true;
  while (TickHolder* const holder = holders_) {
    holder->unlink();
    holder->let_go();
  }
  if (!draining_) drop_all();
}

TickHolder::TickHolder(TickQueue& ticks) noexcept
    : ticks_(&ticks), next_(std::exchange(ticks.holders_, this)) {
  if (next_) next_->previous_ = this;
}

TickHolder::~TickHolder() { unlink(); }

void TickHolder::unlink() noexcept {
  TickQueue* const ticks = std::exchange(ticks_, nullptr);
  if (!ticks) return;
  (previous_ ? previous_->next_ : ticks->holders_) = next_;
  if (next_) next_->previous_ = previous_;
}

}  // namespace weir
