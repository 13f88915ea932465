#include "http/listing.h"

#include "http/date.h"
#include "http/request_path.h"
#include <weir/base/error.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <memory>
#include <tuple>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

namespace weir::http {
namespace {

struct Entry {
  std::string name;
  bool is_folder = false;
  std::int64_t size = 0;
  std::time_t modified = 0;
};

std::string escaped(std::string_view text) {
  std::string html;
  for (const char c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

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

std::vector<Entry> entries_of(const ServedFolder& root, const std::string& path) {
  fs::UniqueFd fd = root.open(path, O_RDONLY | O_DIRECTORY);
  const std::unique_ptr<DIR, int (*)(DIR*)> opened(fd ? ::fdopendir(fd.get()) : nullptr,
                                                   &::closedir);
  if (!opened) throw Error::system(errno, "opendir", path);
  const int folder = fd.release();  // owned by the DIR
  std::vector<Entry> entries;
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
  std::ranges::sort(entries, {},
                    [](const Entry& entry) { return std::tuple(!entry.is_folder, entry.name); });
  return entries;
}

}  // namespace

std::string listing_page(const ServedFolder& root, const std::string& path, std::string_view title,
                         bool has_parent) {
  std::string page = fmt::format(
      "<!doctype html>\n<html><head><meta charset=\"utf-8\"><title>{0}</title>\n"
      "<style>body {{ font-family: sans-serif }} td {{ padding: 0 1em 0 0 }}</style></head>\n"
      "<body><h1>{0}</h1>\n<table>\n",
      escaped(title));
  if (has_parent) page += "<tr><td><a href=\"../\">../</a></td></tr>\n";
  for (const Entry& entry : entries_of(root, path)) {
    const char* const slash = entry.is_folder ? "/" : "";
    // "./" keeps "a:b" from being read as a scheme.
    page += fmt::format("<tr><td><a href=\"./{}{}\">{}{}</a></td><td>{}</td><td>{}</td></tr>\n",
                        encode_path_part(entry.name), slash, escaped(entry.name), slash,
                        entry.is_folder ? std::string() : fmt::to_string(entry.size),
                        http_date(entry.modified));
  }
  return page + "</table>\n</body></html>\n";
}

}  // namespace weir::http
