// One line of JSON.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace tool {

// With its newline. Bytes of a string that are not UTF-8, as a file's name may have them, are
// replacement characters.
std::string json_line(const nlohmann::ordered_json& json);

}  // namespace tool
