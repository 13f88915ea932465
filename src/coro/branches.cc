#include <weir/coro/internal/branches.h>

namespace weir::internal {

bool Branches::start(std::coroutine_handle<> waiting, const std::stop_token& outer) {
  waiting_ = waiting;
  if (outer.stop_possible()) outer_.emplace(outer, StopWithOuter{stop_});
  left_.store(branches_.size() + 1, std::memory_order_relaxed);
  for (std::size_t i = 0; i < branches_.size(); ++i) branches_[i].start(*this, i, token_);
  return left_.fetch_sub(1, std::memory_order_acq_rel) != 1;
}

std::coroutine_handle<> Branches::on_branch_over(std::size_t index) noexcept {
  on_over(index);
  if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) return waiting_;
  return std::noop_coroutine();
}

}  // namespace weir::internal
