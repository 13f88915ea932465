#include "weir-bench/workload.h"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>

namespace bench {
namespace {

// VmHWM and not ru_maxrss, which starts at the memory of the process that started this one.
long peak_memory_kb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
  return 0;
}

}  // namespace

void Measurement::report(std::uint64_t bytes, std::uint64_t operations) const {
  const std::chrono::duration<double> seconds = Clock::now() - started_;
  fmt::print(
      R"({{"peer":"weir","workload":"{}","seconds":{:.6f},"bytes":{},"ops":{},"peak_rss_kb":{}}})"
      "\n",
      arguments_.workload, seconds.count(), bytes, operations, peak_memory_kb());
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  if (!value) throw std::runtime_error(fmt::format("{} is not set", name));
  return value;
}

}  // namespace bench
