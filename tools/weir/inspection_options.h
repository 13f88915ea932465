// The options --inspect... and --dump-on, which every command with streams has.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace tool {

struct InspectionOptions {
  std::optional<std::uint16_t> port = {};  // of the inspector; empty: none
  std::string host = {};                   // empty: 127.0.0.1
  std::string token = {};                  // empty: a random one if there is a host
  bool allows_pause = false;
  std::optional<int> dump_signal = {};
};

// REQUIRES: `options` outlives the parsing.
void add_inspection(CLI::App& command, InspectionOptions& options);

}  // namespace tool
