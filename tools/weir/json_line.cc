#include "weir/json_line.h"

#include <nlohmann/json.hpp>

namespace tool {

std::string json_line(const nlohmann::ordered_json& json) {
  constexpr int kCompact = -1;
  return json.dump(kCompact, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace tool
