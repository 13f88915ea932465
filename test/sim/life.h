// sim/life.h - lives a Plan: makes its streams, takes its steps, and examines every rule after
// each.
#pragma once

#include "sim/plan.h"
#include "sim/world.h"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace weir::sim {

struct Outcome {
  std::vector<std::string> broken;  // rules
  std::map<std::string, std::size_t> counts;
  std::size_t turns = 0;

  bool is_good() const noexcept { return broken.empty(); }
};

Outcome live(const Plan& plan, World::Telling telling = World::Telling::silent);

// A life that breaks a rule, without the steps and faults that it does not need for that.
Plan reduce(Plan plan);

}  // namespace weir::sim
