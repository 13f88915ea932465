// Dates as HTTP writes them: "Sun, 06 Nov 1994 08:49:37 GMT".
#pragma once

#include <ctime>
#include <optional>
#include <string>

namespace tool {

std::string http_date(std::time_t time);

// Also the two older forms that a recipient has to know; nothing where it is none of the three.
std::optional<std::time_t> parse_http_date(const std::string& text);

}  // namespace tool
