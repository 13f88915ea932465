// A folder as a page.
#pragma once

#include "http/served_folder.h"

#include <string>
#include <string_view>

namespace weir::http {

// Of the folder at `path`, whose name to the client is `title`: "/a/b/". Lists files and folders,
// and links to those, as far as they are served; `has_parent` adds a link up.
// ERRORS: throws the system's where it cannot be read.
std::string listing_page(const ServedFolder& root, const std::string& path, std::string_view title,
                         bool has_parent);

}  // namespace weir::http
