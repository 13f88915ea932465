// Prints JSON on one line.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace tool {

// With its newline. Invalid UTF-8, for example in a file's name, becomes U+FFFD.
std::string json_line(const nlohmann::ordered_json& json);

}  // namespace tool
