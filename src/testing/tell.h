// tell() - a line of a SimulationLog's story, formatted only if the log tells it.
#pragma once

#include <weir/testing/simulation_log.h>

#include <utility>

#include <fmt/format.h>

namespace weir::test {

template <class... Args>
void tell(SimulationLog& log, fmt::format_string<Args...> format, Args&&... args) {
  if (log.tells()) log.tell(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace weir::test
