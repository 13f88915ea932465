#include <weir/loop/signal.h>

#include "loop/loop_core.h"
#include "loop/uv_error.h"

#include <utility>

namespace weir {

struct Signal::Watch final : RefCounted, LoopShutdownHook {
  Watch(internal::LoopCore& loop, Loop::Call on_signal)
      : LoopShutdownHook(loop.ticks()), core(loop), call(std::move(on_signal)) {}
  void let_go() noexcept override {
    handle.reset();
    const Loop::Call dropped = std::move(call);  // its captures may own this, by a Signal
  }
  internal::LoopCore& core;
  Loop::Call call;
  internal::Handle<uv_signal_t> handle;
};

Signal::Signal(Loop& loop, int number, Loop::Call call)
    : watch_(make_ref<Watch>(loop.core(), std::move(call))) {
  internal::require_function(watch_->call, "listener");
  auto memory = std::make_unique<uv_signal_t>();
  if (const int status = uv_signal_init(watch_->core.uv(), memory.get()); status < 0)
    throw internal::from_uv(status, "signal");
  watch_->handle.reset(memory.release());
  watch_->handle->data = watch_.get();
  const int status = uv_signal_start(
      watch_->handle.get(),
      [](uv_signal_t* handle, int) {
        Watch& watch = *static_cast<Watch*>(handle->data);
        const Pin alive(watch);  // the call may destroy its Signal
        watch.core.enter([&watch] { watch.call(); });
      },
      number);
  if (status < 0) throw internal::from_uv(status, "signal");
  uv_unref(internal::base(watch_->handle));
  watch_->core.work_changed();
}

Signal::Signal(Signal&&) noexcept = default;
Signal& Signal::operator=(Signal&&) noexcept = default;
Signal::~Signal() = default;

}  // namespace weir
