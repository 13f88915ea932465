#include "http/listing.h"

#include <weir/base/error.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <memory>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

namespace weir::http {
namespace {

// The status of an entry, with links followed. False for entries that are not served.
bool look_at(const ServedFolder& root, const std::string& path, int folder, const char* name,
             struct stat& status) {
  if (::fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0) return false;
  if (S_ISLNK(status.st_mode)) {
    const fs::UniqueFd target =
        root.open(path.empty() ? std::string(name) : fmt::format("{}/{}", path, name), O_PATH);
    if (!target || ::fstat(target.get(), &status) != 0) return false;
  }
  return S_ISREG(status.st_mode) || S_ISDIR(status.st_mode);
}

std::vector<ListedEntry> entries_of(const ServedFolder& root, const std::string& path) {
  fs::UniqueFd fd = root.open(path, O_RDONLY | O_DIRECTORY);
  const std::unique_ptr<DIR, int (*)(DIR*)> opened(fd ? ::fdopendir(fd.get()) : nullptr,
                                                   &::closedir);
  if (!opened) throw Error::system(errno, "opendir", path);
  const int folder = fd.release();  // owned by the DIR
  std::vector<ListedEntry> entries;
  for (;;) {
    errno = 0;
    const dirent* const each = ::readdir(opened.get());
    if (!each) break;
    const std::string_view name = each->d_name;
    struct stat status{};
    if (name == "." || name == ".." || !look_at(root, path, folder, each->d_name, status)) continue;
    entries.push_back({.name = std::string(name),
                       .is_folder = S_ISDIR(status.st_mode),
                       .size = status.st_size,
                       .modified = status.st_mtim.tv_sec});
  }
  if (errno != 0) throw Error::system(errno, "readdir", path);
  return entries;
}

// The value of a parameter in a query, "?a=b&c=d"; empty if there is none.
std::string_view parameter(std::string_view query, std::string_view name) noexcept {
  if (query.starts_with('?')) query.remove_prefix(1);
  while (!query.empty()) {
    const auto end = query.find('&');
    const std::string_view part = query.substr(0, end);
    if (part.size() > name.size() && part.starts_with(name) && part[name.size()] == '=')
      return part.substr(name.size() + 1);
    query = end == query.npos ? std::string_view() : query.substr(end + 1);
  }
  return {};
}

}  // namespace

ListingOrder listing_order(std::string_view query) noexcept {
  const std::string_view by = parameter(query, "sort");
  ListingOrder order{.is_descending = parameter(query, "order") == "desc"};
  if (by == "size") order.by = ListingOrder::By::size;
  if (by == "time") order.by = ListingOrder::By::time;
  return order;
}

void sort_entries(std::vector<ListedEntry>& entries, ListingOrder order) {
  const auto key = [by = order.by](const ListedEntry& entry) -> std::int64_t {
    if (by == ListingOrder::By::size) return entry.is_folder ? 0 : entry.size;
    return by == ListingOrder::By::time ? entry.modified : 0;
  };
  std::ranges::sort(entries, [&](const ListedEntry& a, const ListedEntry& b) {
    if (a.is_folder != b.is_folder) return a.is_folder;
    const ListedEntry& first = order.is_descending ? b : a;
    const ListedEntry& second = order.is_descending ? a : b;
    if (const auto x = key(first), y = key(second); x != y) return x < y;
    // Reversed only where the name is what the reader sorts by.
    return order.by == ListingOrder::By::name ? first.name < second.name : a.name < b.name;
  });
}

std::string listing_page(const ServedFolder& root, const std::string& path, std::string_view title,
                         bool has_parent, ListingOrder order) {
  std::vector<ListedEntry> entries = entries_of(root, path);
  sort_entries(entries, order);
  return page_of(entries, title, has_parent, order);
}

}  // namespace weir::http
