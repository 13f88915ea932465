// A folder's listing as an HTML page.
#pragma once

#include "http/served_folder.h"

#include <string>
#include <string_view>

namespace weir::http {

// Lists the files, folders and links that `root` serves in the folder at `path`. The page's title
// is `title`, as in "/a/b/"; `has_parent` adds a link to the parent folder. ERRORS: throws a system
// error if the folder cannot be read.
std::string listing_page(const ServedFolder& root, const std::string& path, std::string_view title,
                         bool has_parent);

}  // namespace weir::http
