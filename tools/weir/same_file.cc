#include "weir/same_file.h"

#include <weir/weir.h>

#include <filesystem>
#include <optional>
#include <system_error>
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
  std::string name = {};  // in that directory, for a file that does not exist
  bool is_device = false;

  bool operator==(const Identity&) const = default;
};

// For a file that does not exist, and a link to one.
std::optional<Identity> identity_of_missing(std::filesystem::path path) {
  constexpr int kMostLinks = 40;  // the system's limit
  std::error_code error;
  for (int links = 0; links < kMostLinks && is_symlink(path, error); ++links)
    path = path.parent_path() / read_symlink(path, error);
  struct stat folder{};
  const std::filesystem::path parent = path.has_parent_path() ? path.parent_path() : ".";
  if (::stat(parent.c_str(), &folder) != 0) return std::nullopt;
  return Identity{folder.st_dev, folder.st_ino, path.filename()};
}

// Empty if the file may be read and written at the same time.
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

// REQUIRES: both uses are of the same file.
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
