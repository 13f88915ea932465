// What the system says of a thread.
#pragma once

#include <fstream>
#include <iterator>
#include <string>

#include <fmt/format.h>
#include <sys/types.h>

namespace weir::test {

// Whether the system lets the thread of this process wait. `thread`: from gettid().
inline bool sleeps(pid_t thread) {
  std::ifstream file(fmt::format("/proc/self/task/{}/stat", thread));
  std::string text(std::istreambuf_iterator<char>(file), {});
  const std::size_t name_end = text.rfind(") ");  // the name may contain anything
  return name_end != std::string::npos && text[name_end + 2] == 'S';
}

}  // namespace weir::test
