#include <weir/testing/simulation_log.h>

#include <cstdio>
#include <cstdlib>

namespace weir::test {

void SimulationLog::on_misuse(const std::string& rule) {
  std::fprintf(stderr, "weir: the simulation: %s\n", rule.c_str());
  std::abort();
}

}  // namespace weir::test
