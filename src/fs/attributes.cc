#include "fs/attributes.h"

#include <cerrno>
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

// Says something of the bytes that are there no more, or lends rights to them.
bool is_of_the_content(std::string_view name) {
  return name == "security.capability" || name == "security.ima" || name == "security.evm" ||
         name.starts_with("trusted.");
}
bool is_access_list(std::string_view name) {
  return name == kAccessList || (name.starts_with("system.") && name.ends_with("_acl"));
}

// Their names, each with a zero behind it; whether they could be had.
bool list_attributes(const std::string& file, std::string& names) {
  for (int i = 0; i < 3; ++i) {  // one may be added meanwhile
    const ssize_t size = ::listxattr(file.c_str(), nullptr, 0);
    if (size < 0) return errno == ENOTSUP;
    names.resize(static_cast<std::size_t>(size));
    const ssize_t listed = ::listxattr(file.c_str(), names.data(), names.size());
    if (listed < 0 && errno == ERANGE) continue;
    if (listed < 0) return false;
    names.resize(static_cast<std::size_t>(listed));
    return true;
  }
  return false;
}

bool copy_attribute(const std::string& file, int fd, const char* name) {
  const ssize_t size = ::getxattr(file.c_str(), name, nullptr, 0);
  if (size < 0) return false;
  std::vector<char> value(static_cast<std::size_t>(size));
  const ssize_t got = ::getxattr(file.c_str(), name, value.data(), value.size());
  return got >= 0 && ::fsetxattr(fd, name, value.data(), static_cast<std::size_t>(got), 0) == 0;
}

enum class AccessList { none, kept, lost };

AccessList keep_extended_attributes(int old, int fd, bool keeps_owners) {
  const std::string file = fmt::format("/proc/self/fd/{}", old);
  std::string names;
  if (!list_attributes(file, names)) return AccessList::lost;
  auto access = AccessList::none;
  for (std::size_t at = 0; at < names.size();
       at += std::string_view(names.data() + at).size() + 1) {
    const char* const name = names.data() + at;
    if (is_of_the_content(name)) continue;
    if (!is_access_list(name)) {
      copy_attribute(file, fd, name);
    } else if (access != AccessList::lost) {
      // The entries for "the owner" and "the group" would be for others.
      access = keeps_owners && copy_attribute(file, fd, name) ? AccessList::kept : AccessList::lost;
    }
  }
  return access;
}

// As near to the old owners as the process may come.
void keep_owners(const struct stat& before, int fd) {
  if (::fchown(fd, before.st_uid, before.st_gid) == 0) return;
  // NOLINTNEXTLINE(bugprone-unused-return-value): fstat sees which it became
  static_cast<void>(::fchown(fd, static_cast<uid_t>(-1), before.st_gid));
}

mode_t mode_for(const struct stat& before, const struct stat& now, AccessList access) {
  mode_t mode = before.st_mode & kPermissions;
  if (now.st_uid != before.st_uid) mode &= ~kSetId;
  if (now.st_gid != before.st_gid) {
    mode &= ~static_cast<mode_t>(S_ISGID);
    const mode_t others = mode & S_IRWXO;
    mode &= ~S_IRWXG | others << 3;  // the group's are others now
  }
  // Who may read, only the list knew.
  if (access == AccessList::lost) mode &= ~(S_IRWXG | S_IRWXO);
  return mode;
}

}  // namespace

int keep_attributes(int old, int fd) {
  struct stat before{};
  struct stat now{};
  if (::fstat(old, &before) != 0) return errno;
  keep_owners(before, fd);
  if (::fstat(fd, &now) != 0) return errno;
  const bool keeps_owners = now.st_uid == before.st_uid && now.st_gid == before.st_gid;
  const AccessList access = keep_extended_attributes(old, fd, keeps_owners);
  // A folder's default list would let in whom the old file did not.
  if (access != AccessList::kept) static_cast<void>(::fremovexattr(fd, kAccessList));
  return ::fchmod(fd, mode_for(before, now, access)) == 0 ? 0 : errno;
}

}  // namespace weir::fs
