#include "fs/place.h"

#include <array>
#include <cerrno>
#include <climits>
#include <optional>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace weir::fs {
namespace {

constexpr int kMostLinks = 40;  // as in Linux

struct Parts {
  std::string folder;
  std::string name;  // empty, "." or "..": the path names a directory
};

Parts split(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == path.npos) return {".", path};
  return {path.substr(0, slash + 1), path.substr(slash + 1)};
}

bool is_folder_name(std::string_view name) { return name.empty() || name == "." || name == ".."; }

// As open with O_CREAT: "x/" only requires the directory of x.
int error_of_folder(int base, std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  if (const Parts parts = split(path); !is_folder_name(parts.name)) path = parts.folder;
  const UniqueFd folder(::openat(base, path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  return folder ? EISDIR : errno;
}

// True if a link in this directory may be followed, by the rules of Linux' fs.protected_symlinks.
bool may_follow(int folder, const struct stat& link) {
  struct stat status{};
  if (::fstat(folder, &status) != 0) return false;
  const bool is_shared = (status.st_mode & S_ISVTX) != 0 && (status.st_mode & S_IWOTH) != 0;
  return !is_shared || link.st_uid == ::geteuid() || link.st_uid == status.st_uid;
}

// True if a link may lead into this directory. Another user's link leads only to directories of
// that user; otherwise it could make this process replace a third user's file.
bool may_lead_to(int folder, const struct stat& link) {
  struct stat status{};
  return link.st_uid == ::geteuid() || link.st_uid == 0 ||
         (::fstat(folder, &status) == 0 && status.st_uid == link.st_uid);
}

bool is_proc(int folder) {
  struct statfs status{};
  return ::fstatfs(folder, &status) == 0 && status.f_type == PROC_SUPER_MAGIC;
}

std::expected<std::string, int> text_of(int link) {
  std::array<char, PATH_MAX> text;
  const ssize_t size = ::readlinkat(link, "", text.data(), text.size());
  if (size < 0) return std::unexpected(errno);
  if (size == 0) return std::unexpected(ENOENT);
  return std::string(text.data(), static_cast<std::size_t>(size));
}

std::string joined(const std::string& folder, const std::string& below) {
  if (below.starts_with('/') || folder == ".") return below;
  if (below == ".") return folder;
  return folder.ends_with('/') ? folder + below : folder + '/' + below;
}

}  // namespace

std::expected<Place, int> find_place(std::string path) {
  if (path.empty()) return std::unexpected(ENOENT);
  UniqueFd base;  // of a relative link
  std::string base_path = ".";
  std::optional<struct stat> followed;
  for (int links = 0; links <= kMostLinks; ++links) {
    const int from = base ? base.get() : AT_FDCWD;
    auto [folder_path, name] = split(path);
    if (is_folder_name(name)) return std::unexpected(error_of_folder(from, std::move(path)));
    Place place;
    place.folder = UniqueFd(::openat(from, folder_path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!place.folder) return std::unexpected(errno);
    if (followed && !may_lead_to(place.folder.get(), *followed)) return std::unexpected(EACCES);
    place.folder_path = joined(base_path, folder_path);
    while (place.folder_path.size() > 1 && place.folder_path.ends_with('/'))
      place.folder_path.pop_back();
    place.name = std::move(name);
    place.entry =
        UniqueFd(::openat(place.folder.get(), place.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!place.entry && errno != ENOENT) return std::unexpected(errno);
    if (!place.entry) return place;
    if (::fstat(place.entry.get(), &place.status) != 0) return std::unexpected(errno);
    if (!S_ISLNK(place.status.st_mode)) return place;

    place.is_magic = is_proc(place.folder.get());
    if (place.is_magic) return place;
    if (!may_follow(place.folder.get(), place.status)) return std::unexpected(EACCES);
    auto text = text_of(place.entry.get());
    if (!text) return std::unexpected(text.error());
    followed = place.status;
    path = *std::move(text);
    base = std::move(place.folder);
    base_path = std::move(place.folder_path);
  }
  return std::unexpected(ELOOP);
}

}  // namespace weir::fs
