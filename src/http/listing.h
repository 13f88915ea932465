// A folder's listing as an HTML page.
#pragma once

#include "http/served_folder.h"

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

namespace weir::http {

struct ListingOrder {
  enum class By : std::uint8_t { name, size, time };

  By by = By::name;
  bool is_descending = false;
  friend bool operator==(const ListingOrder&, const ListingOrder&) = default;
};

// The order that a URL's query asks for: "?sort=size&order=desc". Other texts are ignored.
ListingOrder listing_order(std::string_view query) noexcept;

struct ListedEntry {
  std::string name;
  bool is_folder = false;
  std::int64_t size = 0;
  std::time_t modified = 0;
};

// Sorts folders before files, and equal entries by name.
void sort_entries(std::vector<ListedEntry>& entries, ListingOrder order);

// "17 B", "1.5 KiB", "23 MiB".
std::string size_for_people(std::int64_t bytes);

// The page's title is `title`, as in "/a/b/"; `has_parent` adds a link to the parent folder.
std::string page_of(const std::vector<ListedEntry>& entries, std::string_view title,
                    bool has_parent, ListingOrder order);

// Lists the files, folders and links that `root` serves in the folder at `path`, as page_of.
// ERRORS: throws a system error if the folder cannot be read.
std::string listing_page(const ServedFolder& root, const std::string& path, std::string_view title,
                         bool has_parent, ListingOrder order = {});

}  // namespace weir::http
