#include <weir/event/tick_queue.h>

#include <weir/base/assert.h>
#include <weir/base/error.h>

#include <cstdio>
#include <unordered_map>

#include <fmt/format.h>

namespace weir {

// By the numbers of the objects.
struct internal::GivenNames : std::unordered_map<std::uint64_t, std::string> {};

namespace {

// Within Node's safe integers.
std::size_t checked_default(std::int64_t mark, const char* name) {
  constexpr std::int64_t kMost = (std::int64_t{1} << 53) - 1;
  if (mark < 0 || mark > kMost)
    throw out_of_range(name, ">= 0 && <= 9007199254740991", fmt::to_string(mark));
  return static_cast<std::size_t>(mark);
}

}  // namespace

TickQueue::TickQueue() : thread_(std::this_thread::get_id()) {}
// All threads share it, so asking for the time must not change it.
TickQueue::TickQueue(Gone) noexcept : closed_(true), turn_time_(0) {}

TickQueue::~TickQueue() { close(); }

TickQueue& TickQueue::gone() noexcept {
  static TickQueue closed(Gone::gone);
  return closed;
}

void TickQueue::drain() {
  if (draining_) return;
  if (by_listener_) [[unlikely]]
    by_listener_ = nullptr;
  while (true) {
    if (!ticks_.empty())
      run_first(ticks_);
    else if (!after_.empty())
      run_first(after_);
    else
      return;
  }
}

// A tick runs in the queue's memory and stays there until it has returned or thrown.
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

void TickQueue::thrown_by_listener(std::exception_ptr exception) noexcept {
  by_listener_ = std::move(exception);
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

void TickQueue::set_default_high_water_mark(std::int64_t bytes) {
  const std::size_t mark = checked_default(bytes, "bytes");
  if (!closed_) default_mark_ = mark;
}
void TickQueue::set_default_object_high_water_mark(std::int64_t objects) {
  const std::size_t mark = checked_default(objects, "objects");
  if (!closed_) default_object_mark_ = mark;
}

void TickQueue::call_on_this_thread(Function<void()> call) {
  internal::require_function(call, "callback");
  if (is_current()) return call();
  WEIR_REQUIRE(hand_over_);
  hand_over_(std::move(call));
}

void TickQueue::drive(Function<void()> wake, Function<void(Function<void()>)> hand_over,
                      Function<std::chrono::nanoseconds()> clock) {
  wake_ = std::move(wake);
  hand_over_ = std::move(hand_over);
  clock_ = std::move(clock);
}

bool TickQueue::may_be_used() noexcept {
  if (is_current() || closed_) return true;
  if (is_bound_.exchange(true, std::memory_order_relaxed)) return false;
  bind_thread();
  return true;
}

void TickQueue::bind_thread() noexcept {
  if (!is_current()) thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  is_bound_.store(true, std::memory_order_relaxed);
}

void TickQueue::close() noexcept {
  closed_ = true;
  while (LoopShutdownHook* const hook = hooks_ ? hooks_ : last_hooks_) {
    hook->unlink();
    hook->let_go();
  }
  if (!draining_) drop_all();
}

// The queue that replaces destroyed ones lists no holders.
LoopShutdownHook::LoopShutdownHook(TickQueue& ticks, Turn turn) noexcept
    : ticks_(&ticks == &TickQueue::gone() ? nullptr : &ticks), turn_(turn) {
  if (!ticks_) return;
  WEIR_CHECK_THREAD(*ticks_, "make", "a Loop");
  const std::uint64_t number = ++ticks_->numbers_;
  number_low_ = static_cast<std::uint32_t>(number);
  number_high_ = static_cast<std::uint8_t>(number >> 32);
  next_ = std::exchange(ticks_->first_hook(turn), this);
  if (next_) next_->previous_ = this;
}

LoopShutdownHook::~LoopShutdownHook() {
  if (ticks_) WEIR_CHECK_THREAD(*ticks_, "~Ref", "an object of a Loop");
  unlink();
}

bool LoopShutdownHook::is_gone_for(const char* call) noexcept {
  if (ticks_) {
    WEIR_CHECK_THREAD(*ticks_, call, describe());
    return false;
  }
  if (!std::exchange(is_reported_, true)) internal::report_outlived(call, describe());
  return true;
}

std::string LoopShutdownHook::describe() const { return "an object of a Loop"; }
std::string LoopShutdownHook::status() const { return {}; }

void LoopShutdownHook::give_name(std::string name) {
  if (!ticks_) return;
  if (!ticks_->names_) ticks_->names_ = make_owned<internal::GivenNames>();
  (*ticks_->names_)[number()] = std::move(name);
  is_named_ = true;
}

std::string LoopShutdownHook::given_name() const {
  return ticks_ && is_named_ ? ticks_->names_->at(number()) : std::string();
}

void LoopShutdownHook::unlink() noexcept {
  TickQueue* const ticks = std::exchange(ticks_, nullptr);
  if (!ticks) return;
  if (is_named_) ticks->names_->erase(number());
  (previous_ ? previous_->next_ : ticks->first_hook(turn_)) = next_;
  if (next_) next_->previous_ = previous_;
}

}  // namespace weir
