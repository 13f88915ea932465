// The options of `weir inspect` and `weir top`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tool {

struct InspectOptions {
  std::vector<std::string> places;  // of the processes
  std::uint16_t port = 9228;
  std::string host = {};   // empty: 127.0.0.1
  std::string token = {};  // empty: a random one if there is a host
  bool json = false;
};

struct TopOptions {
  std::string place = "9229";  // a process id, or a place of ProcessEvents
  bool once = false;
};

// REQUIRES: `options` outlives the parsing.
void add_inspect(CLI::App& command, InspectOptions& options);
void add_top(CLI::App& command, TopOptions& options);

}  // namespace tool
