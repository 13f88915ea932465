#include "loop/readiness.h"

#include "loop/uv_error.h"

#include <cerrno>
#include <memory>
#include <utility>

#include <sys/epoll.h>
#include <unistd.h>
#include <uv.h>

namespace weir::internal {

struct Readiness::Watch final : RefCounted {
  Watch(LoopCore& loop, Function<void()> on_ready) : core(loop), ready(std::move(on_ready)) {}
  ~Watch() override { close(); }

  void close() noexcept {
    handle.reset();  // removes the set from libuv's before it closes
    if (set >= 0) ::close(set);
    set = -1;
  }

  LoopCore& core;
  Function<void()> ready;
  int set = -1;
  Handle<uv_poll_t> handle;
};

Readiness::Readiness(LoopCore& core, int fd, For what, Function<void()> ready)
    : watch_(make_ref<Watch>(core, std::move(ready))) {
  watch_->set = ::epoll_create1(EPOLL_CLOEXEC);
  if (watch_->set < 0) throw Error::system(errno, "epoll_create1");
  epoll_event event{};
  event.events = what == For::reading ? EPOLLIN : EPOLLOUT;
  if (::epoll_ctl(watch_->set, EPOLL_CTL_ADD, fd, &event) != 0)
    throw Error::system(errno, "epoll_ctl");
  auto memory = std::make_unique<uv_poll_t>();
  if (const int status = uv_poll_init(core.uv(), memory.get(), watch_->set); status < 0)
    throw from_uv(status, "uv_poll_init");
  watch_->handle.reset(memory.release());
  watch_->handle->data = watch_.get();
}

Readiness::~Readiness() { watch_->close(); }

void Readiness::start() noexcept {
  // The next call on the descriptor reports its errors.
  uv_poll_start(watch_->handle.get(), UV_READABLE, [](uv_poll_t* handle, int, int) {
    Watch& watch = *static_cast<Watch*>(handle->data);
    const Pin alive(watch);
    watch.core.enter([&watch] { watch.ready(); });
  });
  watch_->core.work_changed();
}

void Readiness::stop() noexcept {
  uv_poll_stop(watch_->handle.get());
  watch_->core.work_changed();
}

}  // namespace weir::internal
