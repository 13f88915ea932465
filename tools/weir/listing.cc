#include "weir/listing.h"

#include "weir/http_date.h"
#include "weir/request_path.h"
#include <weir/weir.h>

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

namespace tool {
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

std::vector<Entry> entries_of(int folder) {
  // With an offset of its own: the descriptor is the caller's.
  const int fd = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> opened(fd < 0 ? nullptr : ::fdopendir(fd), &::closedir);
  if (!opened) throw weir::Error::system(errno, "opendir");
  std::vector<Entry> entries;
  while (const dirent* const each = ::readdir(opened.get())) {
    const std::string_view name = each->d_name;
    struct stat status{};
    if (name == "." || name == ".." || ::fstatat(folder, each->d_name, &status, 0) != 0) continue;
    entries.push_back({.name = std::string(name),
                       .is_folder = S_ISDIR(status.st_mode),
                       .size = status.st_size,
                       .modified = status.st_mtim.tv_sec});
  }
  std::ranges::sort(entries, {},
                    [](const Entry& entry) { return std::tuple(!entry.is_folder, entry.name); });
  return entries;
}

}  // namespace

std::string listing_page(int folder, std::string_view name) {
  const std::string title = "/" + escaped(name) + (name.empty() ? "" : "/");
  std::string page = fmt::format(
      "<!doctype html>\n<html><head><meta charset=\"utf-8\"><title>{0}</title>\n"
      "<style>body {{ font-family: sans-serif }} td {{ padding: 0 1em 0 0 }}</style></head>\n"
      "<body><h1>{0}</h1>\n<table>\n",
      title);
  if (!name.empty()) page += "<tr><td><a href=\"../\">../</a></td></tr>\n";
  for (const Entry& entry : entries_of(folder)) {
    const char* const slash = entry.is_folder ? "/" : "";
    // With ./ in front, "a:b" is no scheme.
    page += fmt::format("<tr><td><a href=\"./{}{}\">{}{}</a></td><td>{}</td><td>{}</td></tr>\n",
                        encode_path_part(entry.name), slash, escaped(entry.name), slash,
                        entry.is_folder ? std::string() : fmt::to_string(entry.size),
                        http_date(entry.modified));
  }
  return page + "</table>\n</body></html>\n";
}

}  // namespace tool
