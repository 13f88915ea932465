#include "weir/same_file.h"

#include <weir/weir.h>

#include <array>
#include <climits>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tool {
namespace {

using How = FileUse::How;

struct Identity {
  dev_t device = 0;
  ino_t inode = 0;
  std::string name = {};  // in that folder, of a file that is not there yet
  bool is_device = false;

  bool operator==(const Identity&) const = default;
};

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? "." : path.substr(0, slash + 1);
}

// Where a link without a target leads to; `path` where it is no link.
std::string follow(std::string path) {
  constexpr int kMostLinks = 40;  // as the system
  for (int links = 0; links < kMostLinks; ++links) {
    std::array<char, PATH_MAX> target;
    const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
    if (size < 0) break;
    const std::string_view to(target.data(), static_cast<std::size_t>(size));
    path = to.starts_with('/') ? std::string(to) : folder_of(path) + "/" + std::string(to);
  }
  return path;
}

std::optional<Identity> identity_of_missing(const std::string& path) {
  const std::string place = follow(path);
  struct stat folder{};
  if (::stat(folder_of(place).c_str(), &folder) != 0) return std::nullopt;
  return Identity{folder.st_dev, folder.st_ino, place.substr(place.rfind('/') + 1)};
}

// Nothing where it may be read and written at once.
std::optional<Identity> identity_of(const FileUse& use) {
  const int standard = use.how == How::read ? STDIN_FILENO : STDOUT_FILENO;
  struct stat status{};
  const int failed =
      use.is_standard ? ::fstat(standard, &status) : ::stat(use.name.c_str(), &status);
  if (failed) return use.is_standard ? std::nullopt : identity_of_missing(use.name);
  if (S_ISBLK(status.st_mode)) return Identity{.device = status.st_rdev, .is_device = true};
  if (!S_ISREG(status.st_mode)) return std::nullopt;
  return Identity{status.st_dev, status.st_ino};
}

// REQUIRES: the same file.
bool is_harmless(How a, How b, const Identity& file) {
  if (a != How::read) std::swap(a, b);
  if (a != How::read) return false;
  return b == How::read || (b == How::replaced && !file.is_device);
}

std::string name_of(const FileUse& use) {
  if (use.name != "-") return fmt::format("'{}'", use.name);
  return use.how == How::read ? "standard input" : "standard output";
}

}  // namespace

void refuse_same_file(const std::vector<FileUse>& uses) {
  std::vector<std::optional<Identity>> identities;
  for (const FileUse& use : uses) {
    identities.push_back(identity_of(use));
    if (!identities.back()) continue;
    for (std::size_t i = 0; i + 1 < identities.size(); ++i)
      if (identities[i] == identities.back() && !is_harmless(uses[i].how, use.how, *identities[i]))
        throw weir::Error(
            fmt::format("{} and {} are the same file", name_of(uses[i]), name_of(use)));
  }
}

}  // namespace tool
