#include "loop/loop_core.h"

#include "loop/requirements.h"
#include "loop/timer.h"
#include "loop/uv_error.h"
#include <weir/base/assert.h>

#include <algorithm>
#include <cstdio>

namespace weir::internal {
namespace {

// A handle that is initialised on the loop and points to `core`.
template <class T, class... Args>
Handle<T> make_handle(int (*init)(uv_loop_t*, T*, Args...), LoopCore& core, Args... args) {
  auto memory = std::make_unique<T>();
  if (const int status = init(core.uv(), memory.get(), args...); status < 0)
    throw from_uv(status, "uv_loop");
  memory->data = &core;
  return Handle<T>(memory.release());
}

template <class T>
LoopCore& core_of(T* handle) noexcept {
  return *static_cast<LoopCore*>(handle->data);
}

// As in Node: opens /dev/null on closed descriptors 0, 1 and 2. Otherwise a descriptor of the loop
// would get such a number, and printed text would be written to it.
void fill_standard_descriptors() noexcept {
  for (uv_file fd = 0; fd <= 2; ++fd) {
    uv_fs_t request;
    const int status = uv_fs_fstat(nullptr, &request, fd, nullptr);
    uv_fs_req_cleanup(&request);
    if (status != UV_EBADF) continue;
    uv_fs_open(nullptr, &request, "/dev/null", UV_FS_O_RDWR, 0, nullptr);  // the lowest free one
    uv_fs_req_cleanup(&request);
  }
}

// The process ends inside the exception's handler, so that a terminate handler finds the exception.
[[noreturn]] void end_process(const std::exception_ptr& exception) noexcept {
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& thrown) {
    std::fprintf(stderr, "(weir) uncaught, and Loop::on_uncaught is not set: %s\n", thrown.what());
    std::terminate();
  } catch (...) {
    std::fputs("(weir) uncaught, and Loop::on_uncaught is not set: not a std::exception\n", stderr);
    std::terminate();
  }
}

}  // namespace

LoopCore::LoopCore(uv_loop_t* adopted) : uv_(adopted ? adopted : &own_) {
  fill_standard_descriptors();
  start_uv();
  if (!adopted) {
    require_loop_descriptors();
    if (const int status = uv_loop_init(uv_); status < 0) throw from_uv(status, "uv_loop_init");
  }
  try {
    open();
  } catch (...) {
    close_uv();
    throw;
  }
}

void LoopCore::open() {
  uncaught_.push_back(nullptr);  // room for an exception that tells of no memory
  uncaught_.drop_front();
  check_ = make_handle(&uv_check_init, *this);
  idle_ = make_handle(&uv_idle_init, *this);
  waits_ = make_handle(&uv_prepare_init, *this);
  uv_prepare_start(waits_.get(), [](uv_prepare_t* waits) { core_of(waits).end_turn(); });
  uv_unref(base(waits_));
  async_ =
      make_handle(&uv_async_init, *this,
                  static_cast<uv_async_cb>([](uv_async_t* async) { core_of(async).run_posted(); }));
  uv_unref(base(async_));
  mailbox_ = std::make_shared<Mailbox>(
      *async_, *this, is_adopted() ? Mailbox::Loops::adopted : Mailbox::Loops::own);
  if (is_adopted()) ticks_.unbind_thread();  // the thread that runs the loop will own it
  ticks_.drive(
      [this] {
        if (depth_ > 0) return;
        turn_soon();
        work_changed();
      },
      [mailbox = mailbox_](Loop::Call call) { mailbox->post(std::move(call)); },
      [this] { return time(); });
}

void LoopCore::close() noexcept {
  ticks_.bind_thread();
  on_poll_due_ = nullptr;
  closing_ = true;
  ticks_.close();
  locals_.clear();
  while (!timers_.empty()) (*timers_.begin())->clear();
  for (Ring<Ref<Immediate>>* const list : {&outstanding_, &immediates_})
    while (!list->empty()) list->pop_front()->clear();
  mailbox_->close();
  uv_check_stop(check_.get());
  uv_idle_stop(idle_.get());
  while (requests_ > 0) uv_run(uv_, UV_RUN_ONCE);
  ticks_.close();  // again: a destructor may have created something on the loop
}

void LoopCore::step_clock(Clock::time_point now) {
  const bool was_stepped = clock_.is_stepped();
  clock_.step_to(now);
  const std::uint64_t time = in_milliseconds(now);
  std::vector<UvTimer*> moved;
  for (UvTimer* const timer : timers_)
    if (!was_stepped || timer->due() <= time) moved.push_back(timer);
  std::ranges::sort(moved, {}, [](const UvTimer* timer) { return timer->order(); });
  for (UvTimer* const timer : moved) timer->follow(time);
  work_changed();
}

std::optional<Clock::time_point> LoopCore::next_due() const noexcept {
  if (timers_.empty()) return std::nullopt;
  const auto first = std::ranges::min_element(timers_, {}, &UvTimer::due);
  return Clock::time_point(std::chrono::milliseconds((*first)->due()));
}

// libuv has no timeout for a loop without work; timers that do not keep it running fire all the
// same.
std::optional<std::chrono::milliseconds> LoopCore::timeout() noexcept {
  update_time();
  if (!uncaught_.empty()) return std::chrono::milliseconds(0);
  if (alive() || timers_.empty()) {
    const int timeout = alive() ? uv_backend_timeout(uv_) : -1;
    if (timeout < 0) return std::nullopt;
    return std::chrono::milliseconds(timeout);
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next_due() - clock_.now());
  if (left.count() > 0 && clock_.is_stepped()) return std::nullopt;
  return std::max(left, std::chrono::milliseconds(0));
}

LoopCore::~LoopCore() { close_uv(); }

void LoopCore::close_uv() noexcept {
  check_.reset();
  idle_.reset();
  waits_.reset();
  async_.reset();
  if (is_adopted()) return;  // the application runs the loop on, and so the close callbacks
  while (uv_run(uv_, UV_RUN_DEFAULT) != 0) {
  }  // the first call only resets an earlier stop()
  WEIR_REQUIRE(uv_loop_close(uv_) == 0);  // a handle made on this Loop is still open
}

void LoopCore::run(uv_run_mode mode) {
  mailbox_->bind();
  ++runs_;
  // libuv skips a turn in which only posts and signals may be ready.
  const bool keeps_turn = mode == UV_RUN_NOWAIT;
  if (keeps_turn) mailbox_->keep_alive();
  polls_ += keeps_turn ? 1 : 0;
  if (uncaught_.empty()) {
    enter([] {});       // the ticks of run()'s caller come first
    uv_run(uv_, mode);  // after an exception of a tick, this only resets uv_stop
  }
  polls_ -= keeps_turn ? 1 : 0;
  if (keeps_turn) mailbox_->release();
  end_turn();
  if (--runs_ == 0) ticks_.unbind_thread();
  if (!uncaught_.empty()) std::rethrow_exception(uncaught_.pop_front());
}

void LoopCore::begin_turn() noexcept {
  turns_.begin(time());
  ticks_.begin_turn(turns_.begun());
}

void LoopCore::end_turn() noexcept {
  if (!turns_.is_in_turn()) return;
  turns_.end(time());
  ticks_.end_turn();
}

LoopMetrics LoopCore::metrics() const {
  LoopMetrics metrics{.turns = turns_.turns(),
                      .busy = turns_.busy(),
                      .latency = turns_.latency(),
                      .requests = requests_,
                      .timers = timers_.size(),
                      .streams = ticks_.stream_totals()};
  return metrics;
}

void LoopCore::uncaught(std::exception_ptr exception) noexcept {
  // Remaining ticks need a turn.
  turn_soon();
  if (const auto handler = on_uncaught_; handler && *handler) {
    try {
      return (*handler)(exception);
    } catch (...) {
      exception = std::current_exception();
    }
  }
  if (is_adopted() && runs_ == 0) end_process(exception);
  uncaught_.push_back(exception);
  uv_stop(uv_);
}

void LoopCore::turn_soon() noexcept {
  uv_check_start(check_.get(), [](uv_check_t* check) { core_of(check).run_immediates(); });
  uv_idle_start(idle_.get(), [](uv_idle_t* idle) { core_of(idle).run_left_ticks(); });
}

// Runs the ticks that an exception left, after the timers or before the immediates, as in Node.
void LoopCore::run_left_ticks() noexcept {
  if (uncaught_.empty()) enter([] {});
}

void LoopCore::add_immediate(Ref<Immediate> immediate) {
  if (closing_) return;
  immediates_.push_back(std::move(immediate));
  turn_soon();
  work_changed();
}

// As in Node, ticks run between immediates. If one throws, the later ones run in the same turn, and
// its ticks wait until the next immediate, if any, has run.
void LoopCore::run_immediates() noexcept {
  if (closing_) return;
  run_left_ticks();
  if (outstanding_.empty()) std::swap(outstanding_, immediates_);
  for (bool done = false; !done && uncaught_.empty();) {
    enter([this, &done] {
      for (bool first = true; !outstanding_.empty(); first = false) {
        if (!first) ticks_.drain();
        const Ref<Immediate> immediate = outstanding_.pop_front();
        if (Loop::Call call = std::move(immediate->call_)) call();
      }
      done = true;
    });
  }
  if (!immediates_.empty() || !outstanding_.empty() || !ticks_.empty()) return;
  uv_check_stop(check_.get());
  uv_idle_stop(idle_.get());
}

void LoopCore::run_posted() noexcept {
  if (is_adopted()) ticks_.bind_thread();
  mailbox_->settle();
  std::vector<Loop::Call> posted = mailbox_->take_posted();
  for (Loop::Call& call : posted) enter(call);
}

LoopLocal* LoopCore::find_local(const void* key) const noexcept {
  const auto found = locals_.find(key);
  return found == locals_.end() ? nullptr : found->second.get();
}

LoopLocal& LoopCore::add_local(const void* key, std::unique_ptr<LoopLocal> local) {
  return *locals_.emplace(key, std::move(local)).first->second;
}

}  // namespace weir::internal
