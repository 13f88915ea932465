#include "fs/attributes.h"

#include <cerrno>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace weir::fs {
namespace {

constexpr mode_t kPermissions = 07777;
constexpr mode_t kSetId = S_ISUID | S_ISGID;
constexpr const char* kAccessList = "system.posix_acl_access";

// The attribute describes the old bytes, or grants rights to them.
bool is_of_the_content(std::string_view name) {
  return name == "security.capability" || name == "security.ima" || name == "security.evm" ||
         name.starts_with("trusted.");
}
bool is_access_list(std::string_view name) {
  return name.starts_with("system.") && name.find("acl") != name.npos;
}
// The process is not permitted to, or the file system cannot; other errors are failures.
bool is_refusal(int error) {
  return error == EPERM || error == EACCES || error == EINVAL || error == ENOTSUP ||
         error == ENOSYS || error == ENODATA;
}

// Reads the names, each followed by a zero byte. Returns false if that fails.
bool list_attributes(const std::string& file, std::string& names) {
  for (int i = 0; i < 3; ++i) {  // another process may add one meanwhile
    const ssize_t size = ::listxattr(file.c_str(), nullptr, 0);
    if (size < 0) return errno == ENOTSUP;
    if (size == 0) return true;
    names.resize(static_cast<std::size_t>(size));
    const ssize_t listed = ::listxattr(file.c_str(), names.data(), names.size());
    if (listed < 0 && errno == ERANGE) continue;
    if (listed < 0) return false;
    names.resize(static_cast<std::size_t>(listed));
    return true;
  }
  return false;
}

// Returns errno; 0: success.
int copy_attribute(const std::string& file, int fd, const char* name) {
  const ssize_t size = ::getxattr(file.c_str(), name, nullptr, 0);
  if (size < 0) return errno;
  std::vector<char> value(static_cast<std::size_t>(size));
  const ssize_t got = ::getxattr(file.c_str(), name, value.data(), value.size());
  if (got < 0) return errno;
  return ::fsetxattr(fd, name, value.data(), static_cast<std::size_t>(got), 0) == 0 ? 0 : errno;
}

enum class AccessList { none, kept, lost };

std::expected<AccessList, int> keep_extended_attributes(int old, int fd, bool keeps_owners) {
  const std::string file = fmt::format("/proc/self/fd/{}", old);
  std::string names;
  if (!list_attributes(file, names)) return AccessList::lost;
  auto access = AccessList::none;
  const char* const end = names.data() + names.size();
  for (const char* name = names.data(); name < end; name += std::string_view(name).size() + 1) {
    if (is_of_the_content(name)) continue;
    if (is_access_list(name) && !keeps_owners) {
      access = AccessList::lost;  // its entries for the owner and the group would apply to others
      continue;
    }
    const int error = copy_attribute(file, fd, name);
    if (!is_access_list(name)) continue;
    if (error != 0 && !is_refusal(error)) return std::unexpected(error);
    if (access != AccessList::lost) access = error == 0 ? AccessList::kept : AccessList::lost;
  }
  return access;
}

// Sets the owners as close to the old ones as the process may. Returns errno; 0: success.
int keep_owners(const struct stat& before, int fd) {
  if (::fchown(fd, before.st_uid, before.st_gid) == 0) return 0;
  if (!is_refusal(errno)) return errno;
  if (::fchown(fd, static_cast<uid_t>(-1), before.st_gid) == 0) return 0;
  return is_refusal(errno) ? 0 : errno;
}

mode_t mode_for(const struct stat& before, const struct stat& now, AccessList access) {
  mode_t mode = before.st_mode & kPermissions;
  // As a write clears them. A file with several names may be one that should not get them.
  if (::geteuid() != 0 || before.st_nlink > 1 || now.st_uid != before.st_uid) mode &= ~kSetId;
  if (now.st_gid != before.st_gid) {
    mode &= ~static_cast<mode_t>(S_ISGID);
    // The members of either group are others for the other group.
    const mode_t both = mode & (mode >> 3) & S_IRWXO;
    mode = (mode & ~(S_IRWXG | S_IRWXO)) | both << 3 | both;
  }
  if (access == AccessList::lost) mode &= ~(S_IRWXG | S_IRWXO);
  return mode;
}

}  // namespace

int set_mode(int fd, mode_t mode) {
  struct stat now{};
  if (::fchmod(fd, mode) == 0) return 0;
  const int error = errno;
  if (!is_refusal(error) || ::fstat(fd, &now) != 0) return error;
  return (now.st_mode & kPermissions & ~mode) == 0 ? 0 : error;
}

int keep_attributes(int old, int fd) {
  struct stat before{};
  struct stat now{};
  if (::fstat(old, &before) != 0) return errno;
  if (const int error = keep_owners(before, fd)) return error;
  if (::fstat(fd, &now) != 0) return errno;
  const bool keeps_owners = now.st_uid == before.st_uid && now.st_gid == before.st_gid;
  auto access = keep_extended_attributes(old, fd, keeps_owners);
  if (!access) return access.error();
  // A directory's default list would admit users that the old file did not.
  if (*access != AccessList::kept && ::fremovexattr(fd, kAccessList) != 0 && errno != ENODATA &&
      errno != ENOTSUP)
    access = AccessList::lost;
  return set_mode(fd, mode_for(before, now, *access));
}

}  // namespace weir::fs
