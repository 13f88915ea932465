#include <weir/loop/loop.h>

#include "loop/loop_core.h"
#include "loop/timer.h"
#include <weir/loop/uv.h>

namespace weir {
namespace {

Ref<Timer> start_timer(internal::LoopCore& core, std::chrono::milliseconds delay, Loop::Call call,
                       internal::UvTimer::Repeat repeat) {
  internal::require_function(call, "callback");
  auto timer = make_ref<internal::UvTimer>(core, std::move(call));
  timer->start(delay, repeat);
  return timer;
}

}  // namespace

Loop::Loop() : core_(make_owned<internal::LoopCore>(nullptr)) {}
Loop::Loop(uv_loop_s* adopted) : core_(make_owned<internal::LoopCore>(adopted)) {}
Loop::~Loop() { core_->close(); }

void Loop::run() { core_->run(UV_RUN_DEFAULT); }

bool Loop::poll() {
  core_->run(UV_RUN_NOWAIT);
  return core_->alive();
}

void Loop::stop() noexcept {
  check_thread("stop");
  uv_stop(core_->uv());
}

bool Loop::alive() const noexcept { return core_->alive(); }
bool Loop::is_running() const noexcept { return core_->is_running(); }
int Loop::backend_fd() const noexcept { return uv_backend_fd(core_->uv()); }

std::optional<std::chrono::milliseconds> Loop::timeout() noexcept {
  check_thread("timeout");
  return core_->timeout();
}

void Loop::on_poll_due(Function<void()> call) {
  check_thread("on_poll_due");
  core_->on_poll_due(std::move(call));
}

void Loop::on_uncaught(Function<void(std::exception_ptr)> handler) {
  check_thread("on_uncaught");
  core_->on_uncaught(std::move(handler));
}

void Loop::on_warning(Function<void(const Warning&)> handler) {
  check_thread("on_warning");
  ticks().on_warning(std::move(handler));
}

void Loop::set_default_high_water_mark(std::int64_t bytes) {
  check_thread("set_default_high_water_mark");
  ticks().set_default_high_water_mark(bytes);
}

void Loop::set_default_object_high_water_mark(std::int64_t objects) {
  check_thread("set_default_object_high_water_mark");
  ticks().set_default_object_high_water_mark(objects);
}

std::size_t Loop::default_high_water_mark() noexcept {
  check_thread("default_high_water_mark");
  return ticks().default_high_water_mark();
}

std::size_t Loop::default_object_high_water_mark() noexcept {
  check_thread("default_object_high_water_mark");
  return ticks().default_object_high_water_mark();
}

Ref<Immediate> Loop::set_immediate(Call call) {
  internal::require_function(call, "callback");
  check_thread("set_immediate");
  auto immediate = make_ref<Immediate>(std::move(call));
  core_->add_immediate(immediate);
  return immediate;
}

Ref<Timer> Loop::set_timeout(std::chrono::milliseconds delay, Call call) {
  check_thread("set_timeout");
  return start_timer(*core_, delay, std::move(call), internal::UvTimer::Repeat::no);
}

Ref<Timer> Loop::set_interval(std::chrono::milliseconds delay, Call call) {
  check_thread("set_interval");
  return start_timer(*core_, delay, std::move(call), internal::UvTimer::Repeat::yes);
}

void Loop::post(Call call) {
  internal::require_function(call, "callback");
  core_->mailbox()->post(std::move(call));
}

TickQueue& Loop::ticks() noexcept { return core_->ticks(); }

#ifdef NDEBUG
inline void Loop::check_thread(const char*) noexcept {}
#else
void Loop::check_thread(const char* call) noexcept { WEIR_CHECK_THREAD(ticks(), call, "a Loop"); }
#endif

Loop::KeepAlive::KeepAlive(Loop& loop) : mailbox_(loop.core().mailbox()) { mailbox_->keep_alive(); }
Loop::KeepAlive::KeepAlive(KeepAlive&& other) noexcept = default;
Loop::KeepAlive& Loop::KeepAlive::operator=(KeepAlive other) noexcept {
  std::swap(mailbox_, other.mailbox_);
  return *this;
}
Loop::KeepAlive::~KeepAlive() {
  if (mailbox_) mailbox_->release();
}

uv_loop_t* uv_loop_of(Loop& loop) noexcept { return loop.core().uv(); }

}  // namespace weir
