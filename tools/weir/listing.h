// A folder as a page.
#pragma once

#include <string>
#include <string_view>

namespace tool {

// `name` is the folder's as the client knows it: "" or "a/b".
// ERRORS: throws the system's where it cannot be read.
std::string listing_page(int folder, std::string_view name);

}  // namespace tool
