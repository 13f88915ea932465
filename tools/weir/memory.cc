#include "weir/memory.h"

#include <fstream>
#include <string>

namespace tool {

std::optional<std::uint64_t> peak_memory() {
  std::ifstream status("/proc/self/status");
  std::string key;
  while (status >> key) {
    std::uint64_t kibibytes = 0;
    if (key == "VmHWM:" && status >> kibibytes) return kibibytes * 1024;
    std::getline(status, key);
  }
  return std::nullopt;
}

}  // namespace tool
