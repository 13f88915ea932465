#include <weir/event/tick_queue.h>

#include <weir/base/assert.h>

#include <cstdio>

namespace weir {

TickQueue::TickQueue() : thread_(std::this_thread::get_id()) {}

TickQueue::~TickQueue() { close(); }

void TickQueue::next_tick(Tick tick) {
  if (closed_) return;
  const bool first = ticks_.empty() && !draining_;
  ticks_.push_back(std::move(tick));
  if (first && wake_) wake_();
}

void TickQueue::drain() {
  if (draining_) return;
  struct Draining {
    bool& flag;
    explicit Draining(bool& draining) : flag(draining) { flag = true; }
    ~Draining() { flag = false; }
  } draining(draining_);
  while (!ticks_.empty()) {
    Tick tick = ticks_.pop_front();
    tick();
  }
}

void TickQueue::warn(Warning warning) {
  next_tick([this, warning = std::move(warning)] {
    if (on_warning_) return on_warning_(warning);
    std::fprintf(stderr, "(weir) %s: %s\n", warning.name.c_str(), warning.message.c_str());
  });
}

void TickQueue::call_on_this_thread(Function<void()> call) {
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
  ticks_.clear();
}

}  // namespace weir
