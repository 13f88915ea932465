#include "fs/ready_wait.h"

#include "loop/timer.h"
#include <weir/base/error.h>

#include <cerrno>
#include <chrono>
#include <utility>

namespace weir::fs {
namespace {

constexpr int kMostFalseAlarms = 3;
constexpr std::chrono::milliseconds kInterval(10);

}  // namespace

ReadyWait::ReadyWait(internal::LoopCore& core, int fd, For what, int waits_before, Over over)
    : LoopShutdownHook(core.ticks(), Turn::last), core_(core), fd_(fd), over_(std::move(over)) {
  if (waits_before < kMostFalseAlarms && watch(what)) return;
  const auto timer = make_ref<internal::UvTimer>(core, [this] { end(0); });
  timer->start(kInterval, internal::UvTimer::Repeat::no);
  timer_ = ScopedTimer(timer);
}

bool ReadyWait::watch(For what) {
  try {
    readiness_.emplace(core_, fd_, what, [this] { end(0); });
  } catch (const Error&) {
    return false;
  }
  readiness_->start();
  return true;
}

void ReadyWait::interrupt() { end(-ERESTART); }

void ReadyWait::end(std::int64_t result) {
  const Pin alive(*this);
  readiness_.reset();
  timer_.clear();
  if (Over over = std::exchange(over_, nullptr)) over(result);
}

void ReadyWait::let_go() noexcept {
  const Pin alive(*this);
  readiness_.reset();
  timer_.clear();
  const Over dropped = std::exchange(over_, nullptr);
}

}  // namespace weir::fs
