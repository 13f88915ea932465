#include "sim/life.h"

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace weir::sim {
namespace {

bool fails(const Plan& plan) { return !live(plan).is_good(); }

// Tries the plan; keeps it if it still breaks a rule.
bool take(Plan& plan, Plan smaller) {
  if (!fails(smaller)) return false;
  plan = std::move(smaller);
  return true;
}

bool drop_steps(Plan& plan) {
  bool is_smaller = false;
  for (std::size_t size = std::max<std::size_t>(plan.steps.size() / 2, 1); size > 0; size /= 2) {
    for (std::size_t at = plan.steps.size(); at > 0;) {
      const std::size_t count = std::min(size, at);
      at -= count;
      Plan smaller = plan;
      const auto first = smaller.steps.begin() + static_cast<std::ptrdiff_t>(at);
      smaller.steps.erase(first, first + static_cast<std::ptrdiff_t>(count));
      is_smaller |= take(plan, std::move(smaller));
    }
  }
  return is_smaller;
}

template <class Change>
bool change_steps(Plan& plan, Change change) {
  bool is_smaller = false;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    Plan smaller = plan;
    if (change(smaller.steps[i])) is_smaller |= take(plan, std::move(smaller));
  }
  return is_smaller;
}

bool drop_faults(Plan& plan) {
  constexpr unsigned DiskFaults::* kDisk[] = {
      &DiskFaults::short_write, &DiskFaults::no_progress, &DiskFaults::late,
      &DiskFaults::stuck,       &DiskFaults::slow_here,   &DiskFaults::uncached,
      &DiskFaults::short_read,  &DiskFaults::open_fails,  &DiskFaults::write_fails,
      &DiskFaults::read_fails,  &DiskFaults::sync_fails,  &DiskFaults::close_fails};
  constexpr unsigned NetworkFaults::* kNet[] = {&NetworkFaults::short_send,
                                                &NetworkFaults::short_receive};
  constexpr unsigned EndFaults::* kEnds[] = {&EndFaults::fails, &EndFaults::drops_done,
                                             &EndFaults::sync, &EndFaults::late};
  bool is_smaller = false;
  const auto try_without = [&](auto& faults, auto fault) {
    const auto none = std::remove_cvref_t<decltype(faults.*fault)>{};
    if (faults.*fault == none) return;
    const auto before = std::exchange(faults.*fault, none);
    if (fails(plan))
      is_smaller = true;
    else
      faults.*fault = before;
  };
  for (const auto fault : kDisk) try_without(plan.disk, fault);
  for (const auto fault : kNet) try_without(plan.net, fault);
  try_without(plan.net, &NetworkFaults::latency);
  try_without(plan.net, &NetworkFaults::lost_after);
  for (const auto fault : kEnds) try_without(plan.ends, fault);
  return is_smaller;
}

}  // namespace

Plan reduce(Plan plan) {
  if (!fails(plan)) return plan;
  constexpr int kMostRounds = 8;
  for (int round = 0; round < kMostRounds; ++round) {
    bool is_smaller = drop_steps(plan);
    is_smaller |= drop_faults(plan);
    is_smaller |= change_steps(plan, [](Step& step) {
      const Place before = std::exchange(step.place, Place::outside);
      return before != Place::outside;
    });
    is_smaller |= change_steps(plan, [](Step& step) {
      if (step.turns == 0) return false;
      step.turns /= 2;
      return true;
    });
    is_smaller |= change_steps(plan, [](Step& step) {
      if (step.amount < 2) return false;
      step.amount /= 2;
      return true;
    });
    if (!is_smaller) break;
  }
  return plan;
}

}  // namespace weir::sim
