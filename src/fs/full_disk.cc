#include "fs/full_disk.h"

#include <weir/event/tick_queue.h>
#include <weir/loop/scoped_timer.h>

#include <cerrno>
#include <utility>

namespace weir::fs {

class FullDisk::Wait final : public RefCounted, LoopShutdownHook {
 public:
  Wait(Loop& loop, std::chrono::milliseconds time, Function<void()> again)
      : LoopShutdownHook(loop.ticks(), Turn::last),
        timer_(loop.set_timeout(time, [this] { end(); })),
        again_(std::move(again)) {}

  void end() {
    const Pin alive(*this);
    timer_.clear();
    if (auto again = std::exchange(again_, nullptr)) again();
  }

 private:
  void let_go() noexcept override {
    const Pin alive(*this);
    timer_.clear();
    const auto dropped = std::exchange(again_, nullptr);
  }

  ScopedTimer timer_;
  Function<void()> again_;
};

FullDisk::FullDisk(Loop& loop, std::chrono::milliseconds retry) noexcept
    : loop_(loop), retry_(retry) {}

FullDisk::~FullDisk() = default;

bool FullDisk::is_passing(std::int64_t result) const noexcept {
  return retry_.count() > 0 && (result == -ENOSPC || result == -EDQUOT);
}

void FullDisk::wait(const Error& error, Function<void()> again) {
  const bool is_first = !wait_;
  wait_ = make_ref<Wait>(loop_, retry_, std::move(again));
  if (is_first && changed_) changed_(error);
}

void FullDisk::end_wait() {
  if (wait_) wait_->end();
}

void FullDisk::on_space() {
  wait_ = nullptr;
  if (changed_) changed_({});
}

}  // namespace weir::fs
