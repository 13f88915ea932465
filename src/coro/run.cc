#include <weir/coro/run.h>

namespace weir::internal {
namespace {

// True for the end of a task that was stopped: ABORT_ERR.
bool is_end_by_stop(const std::exception_ptr& exception, const std::stop_token& stop) noexcept {
  if (!stop.stop_requested()) return false;
  try {
    std::rethrow_exception(exception);
  } catch (const Error& error) {
    return error == Errc::aborted;
  } catch (...) {
    return false;
  }
}

}  // namespace

void RunningTask::run() {
  if (is_over_) return;
  is_running_ = true;
  loop_.run();
  if (!is_over_) throw Error("The loop stopped before the task was over");
}

std::coroutine_handle<> RunningTask::on_branch_over(std::size_t) noexcept {
  is_over_ = true;
  if (is_running_) loop_.stop();
  return std::noop_coroutine();
}

void report_uncaught(TickQueue& ticks, std::exception_ptr exception) {
  if (ticks.closed()) return;
  ticks.next_tick([exception = std::move(exception)] { std::rethrow_exception(exception); });
}

Detached detach(TickQueue& ticks, Task<> task, Ref<RefCounted>, std::stop_token stop) {
  std::exception_ptr uncaught;
  try {
    co_await std::move(task);
  } catch (...) {
    uncaught = std::current_exception();
  }
  if (!uncaught || is_end_by_stop(uncaught, stop)) co_return;
  co_await ReturnTo(ticks);
  report_uncaught(ticks, std::move(uncaught));
}

}  // namespace weir::internal
