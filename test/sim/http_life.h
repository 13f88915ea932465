// sim/http_life.h - lives an HttpPlan: an HTTP server, its clients and other peers, on a simulated
// network.
#pragma once

#include "sim/http_plan.h"
#include "sim/life.h"

namespace weir::sim {

Outcome live(const HttpPlan& plan, World::Telling telling = World::Telling::silent);

// A life that breaks a rule, without the exchanges, peers and faults that it does not need for
// that.
HttpPlan reduce(HttpPlan plan);

}  // namespace weir::sim
