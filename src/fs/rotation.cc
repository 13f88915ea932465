#include "fs/rotation.h"

#include "fs/attributes.h"
#include "fs/temporary_name.h"
#include "fs/uninterrupted.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weir::fs {
namespace {

constexpr mode_t kPrivate = 0600;
constexpr int kMostNames = 100;

bool is_same(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

std::string name_in_proc(int fd) { return fmt::format("/proc/self/fd/{}", fd); }

// Errors of file systems without hard links, or of their rules for the files of others.
bool has_no_links(int error) {
  return error == EPERM || error == EOPNOTSUPP || error == ENOSYS || error == EMLINK;
}

}  // namespace

Rotation::Result Rotation::run(Kind kind) {
  switch (kind) {
    case Kind::rotate:
      rotate();
      break;
    case Kind::reopen:
      reopen();
      break;
    case Kind::sync:
      sync();
      break;
    case Kind::limit:
      limit();
  }
  return std::move(result_);
}

void Rotation::rotate() {
  struct stat ours{};
  if (::fstat(fd_, &ours) != 0) {
    result_.failure = failure("fstat");
    return;
  }
  if (ours.st_size == 0 && S_ISREG(ours.st_mode)) return;
  auto place = find_place(rules_.path);
  if (!place) {
    result_.failure = Error::system(place.error(), "open", rules_.path);
    return;
  }
  place_ = *std::move(place);
  if (!place_.entry || !is_same(place_.status, ours) || !S_ISREG(ours.st_mode)) return reopen();
  result_.failure = open_new();
  if (!result_.failure) result_.failure = find_number();
  if (!result_.failure) result_.failure = change_names();
  if (result_.failure) {
    result_.file = UniqueFd();
    remove_temporary();
    return;
  }
  result_.number = number_;
  result_.rotated = path_of(rotated_name(place_.name, number_));
  handle_rotated();
  sync_folder();
}

// Without a name, if the file system can: a killed process then leaves no file.
Error Rotation::open_new() {
  constexpr int kFlags = O_WRONLY | O_APPEND | O_CLOEXEC;
  const int folder = place_.folder.get();
  result_.file = UniqueFd(::openat(folder, ".", kFlags | O_TMPFILE, kPrivate));
  if (result_.file && ::access(name_in_proc(result_.file.get()).c_str(), F_OK) != 0)
    result_.file = UniqueFd();
  for (int i = 0; i < kMostNames && !result_.file; ++i) {
    std::string name = some_temporary_name();
    result_.file =
        UniqueFd(::openat(folder, name.c_str(), kFlags | O_CREAT | O_EXCL | O_NOFOLLOW, kPrivate));
    if (result_.file)
      temporary_ = std::move(name);
    else if (errno != EEXIST)
      break;
  }
  if (!result_.file) return Error::system(errno, "open a new file in", place_.folder_path);
  if (const int error = keep_attributes(place_.entry.get(), result_.file.get()))
    return Error::system(error, "keep the attributes of", rules_.path);
  // Before the names change: a failed sync is reported with the old file in place.
  if (syncs_ && !sync_old()) return failure("fsync");
  return {};
}

Error Rotation::find_number() {
  RotatedNames rotated;
  if (const int error = list_rotated(place_.folder.get(), place_.name, rules_.suffix, rotated))
    return Error::system(error, "scandir", place_.folder_path);
  number_ = rotated.ours.empty() ? 0 : rotated.ours.back().number;
  // A process that ended within its rotation has left the link.
  if (number_ > 0 && is_same_as_ours(rotated_name(place_.name, number_)))
    names_ = OldNames::both_before;
  else
    number_ = std::max(rotated.last, last_) + 1;
  return {};
}

Error Rotation::change_names() {
  struct Change {
    Rotation& rotation;
    int error;
  } change{*this, EINTR};  // if the other process alone is killed
  run_uninterrupted(
      [](void* argument) {
        auto& [rotation, error] = *static_cast<Change*>(argument);
        int result = rotation.link_old();
        if (result == 0) result = rotation.move_new();
        error = result;
      },
      &change);
  if (change.error == 0) return {};
  return Error::system(change.error, names_ == OldNames::path ? "link" : "rename", rules_.path);
}

int Rotation::link_old() {
  if (names_ == OldNames::both_before) return 0;
  const int folder = place_.folder.get();
  for (int i = 0; i < kMostNames; ++i, ++number_) {
    const std::string name = rotated_name(place_.name, number_);
    if (::linkat(folder, place_.name.c_str(), folder, name.c_str(), 0) == 0) {
      names_ = OldNames::both;
      return 0;
    }
    if (has_no_links(errno) &&
        ::renameat2(folder, place_.name.c_str(), folder, name.c_str(), RENAME_NOREPLACE) == 0) {
      names_ = OldNames::rotated;
      return 0;
    }
    if (errno != EEXIST) break;
  }
  return errno;
}

int Rotation::move_new() {
  const int folder = place_.folder.get();
  int error = temporary_.empty() ? give_name() : 0;
  if (error == 0 && ::renameat(folder, temporary_.c_str(), folder, place_.name.c_str()) == 0) {
    temporary_.clear();
    return 0;
  }
  if (error == 0) error = errno;
  const std::string name = rotated_name(place_.name, number_);
  if (names_ == OldNames::rotated)
    ::renameat2(folder, name.c_str(), folder, place_.name.c_str(), RENAME_NOREPLACE);
  else if (names_ == OldNames::both)
    ::unlinkat(folder, name.c_str(), 0);
  remove_temporary();
  return error;
}

// Only a file with a name can be renamed over another.
int Rotation::give_name() {
  const std::string file = name_in_proc(result_.file.get());
  for (int i = 0; i < kMostNames; ++i) {
    std::string name = some_temporary_name();
    if (::linkat(AT_FDCWD, file.c_str(), place_.folder.get(), name.c_str(), AT_SYMLINK_FOLLOW) ==
        0) {
      temporary_ = std::move(name);
      return 0;
    }
    if (errno != EEXIST) break;
  }
  return errno;
}

void Rotation::remove_temporary() noexcept {
  if (!temporary_.empty()) ::unlinkat(place_.folder.get(), temporary_.c_str(), 0);
  temporary_.clear();
}

// Removes those beyond the limit, and finds those to compress.
void Rotation::handle_rotated() {
  const int folder = place_.folder.get();
  RotatedNames rotated;
  if (const int error = list_rotated(folder, place_.name, rules_.suffix, rotated))
    return report(error, "scandir", place_.folder_path);
  const std::uint64_t first = rules_.keep ? first_kept(rotated.ours, *rules_.keep) : 0;
  for (const RotatedName& each : rotated.ours) {
    if (each.number < first) {
      remove(each);
    } else if (!rules_.suffix.empty() && each.suffix.empty()) {
      const std::string name = rotated_name(place_.name, each.number);
      struct stat status{};
      // Where others may write, the name may be that of a link to a file that is not theirs to
      // read.
      if (::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
          S_ISREG(status.st_mode))
        result_.to_compress.push_back({path_of(name), static_cast<int>(status.st_mode & 0777)});
    }
  }
}

// Of a file that is compressed now, the compressor removes the original after the result has its
// name. So the original is removed first here: either the compressor finds it gone, and removes the
// result (see FileCompressor), or the result has its name before the second removal.
void Rotation::remove(const RotatedName& rotated) {
  if (rotated.number == number_) result_.rotated.clear();
  const auto unlink = [this](const std::string& name) {
    if (::unlinkat(place_.folder.get(), name.c_str(), 0) != 0 && errno != ENOENT)
      report(errno, "unlink", path_of(name));
  };
  unlink(rotated_name(place_.name, rotated.number, rotated.suffix));
  if (rotated.suffix.empty() && !rules_.suffix.empty())
    unlink(rotated_name(place_.name, rotated.number, rules_.suffix));
}

void Rotation::sync_folder() {
  if (!syncs_) return;
  const UniqueFd readable(::openat(place_.folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // A directory without read permission was not listed either.
  if (readable && ::fsync(readable.get()) != 0 && errno != EINVAL && errno != ENOTSUP)
    report(errno, "fsync", place_.folder_path);
}

void Rotation::report(int error, const char* syscall, const std::string& path) {
  if (!result_.leftover) result_.leftover = Error::system(error, syscall, path);
}

// For a file that an earlier program left: a rotation of this one would have removed it.
void Rotation::limit() {
  auto place = find_place(rules_.path);
  if (!place) return;  // nor can its rotated files be found
  place_ = *std::move(place);
  handle_rotated();
  result_.to_compress.clear();
}

void Rotation::reopen() {
  UniqueFd file(::open(rules_.path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY,
                       rules_.mode));
  struct stat opened{};
  struct stat ours{};
  if (!file || ::fstat(file.get(), &opened) != 0 || ::fstat(fd_, &ours) != 0) {
    result_.failure = failure("open");
    return;
  }
  result_.size = static_cast<std::uint64_t>(opened.st_size);
  if (is_same(opened, ours)) return;
  // A later sync covers the file systems of the rotated files, and so not another one.
  if ((syncs_ || opened.st_dev != ours.st_dev) && !sync_old()) {
    result_.failure = failure("fsync");
    return;
  }
  result_.file = std::move(file);
}

bool Rotation::sync_old() {
  // A pipe or a terminal has no sync.
  const bool is_synced = ::fsync(fd_) == 0 || errno == EINVAL || errno == ENOTSUP;
  result_.is_sync_lost = !is_synced;
  return is_synced;
}

// The rotated files are in the directory of the present one.
void Rotation::sync() {
  if (::syncfs(fd_) == 0) return;
  result_.is_sync_lost = true;
  result_.failure = failure("syncfs");
}

bool Rotation::is_same_as_ours(const std::string& name) const {
  struct stat named{};
  return ::fstatat(place_.folder.get(), name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         is_same(named, place_.status);
}

std::string Rotation::path_of(const std::string& name) const {
  return place_.folder_path == "." ? name : place_.folder_path + "/" + name;
}

}  // namespace weir::fs
