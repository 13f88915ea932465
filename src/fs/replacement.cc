#include "fs/replacement.h"

#include "fs/attributes.h"
#include "fs/temporary_name.h"
#include "fs/uninterrupted.h"

#include <cerrno>
#include <cstdio>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weir::fs {
namespace {

constexpr mode_t kPrivate = 0600;
constexpr mode_t kPermissions = 07777;
constexpr int kMostNames = 100;  // each is equally likely to be free

std::string name_in_proc(int fd) { return fmt::format("/proc/self/fd/{}", fd); }

bool may_write(int entry) {
  if (::faccessat(entry, "", W_OK, AT_EACCESS | AT_EMPTY_PATH) == 0) return true;
  // Linux before 5.8, or a sandbox that does not know the call.
  const bool is_unknown = errno == EINVAL || errno == ENOSYS || errno == EPERM;
  const bool is_plain = ::geteuid() == ::getuid() && ::getegid() == ::getgid();
  return is_unknown && is_plain && ::access(name_in_proc(entry).c_str(), W_OK) == 0;
}

// A mount point, like a single file of the host in a container.
bool is_mounted(int entry) {
  struct statx status{};
  return ::statx(entry, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &status) == 0 &&
         (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

// By the rules of Linux' fs.protected_regular.
bool is_planted(const struct stat& folder, const struct stat& file) {
  const bool is_shared =
      (folder.st_mode & S_ISVTX) != 0 && (folder.st_mode & (S_IWOTH | S_IWGRP)) != 0;
  return is_shared && file.st_uid != ::geteuid() && file.st_uid != folder.st_uid;
}

bool is_same(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

// Some file systems report a failed write only when the file is closed.
int flush_by_closing(int fd) {
  const int again = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (again < 0) return errno;
  return close_fd(again) == 0 || errno == EINTR ? 0 : errno;
}

}  // namespace

Replacement::~Replacement() { remove_name(); }

void Replacement::cancel() noexcept {
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  remove_name();
}

void Replacement::remove_name() noexcept {
  if (!temporary_.empty()) ::unlinkat(place_.folder.get(), temporary_.c_str(), 0);
  temporary_.clear();
}

Error Replacement::failure(const char* syscall) const {
  return Error::system(errno, syscall, path_);
}

Error Replacement::open() {
  auto place = find_place(path_);
  if (!place) return Error::system(place.error(), "open", path_);
  place_ = *std::move(place);
  if (place_.entry && S_ISDIR(place_.status.st_mode)) return Error::system(EISDIR, "open", path_);
  replaces_ = !place_.entry || S_ISREG(place_.status.st_mode);
  return replaces_ ? open_new() : open_other();
}

// Opens by the descriptor: the name may refer to another file by now.
Error Replacement::open_other() {
  constexpr int kFlags = O_WRONLY | O_CLOEXEC | O_NOCTTY;
  if (place_.is_magic) {  // in a directory whose names never change
    file_ = UniqueFd(::openat(place_.folder.get(), place_.name.c_str(), kFlags | O_TRUNC));
  } else {
    file_ = UniqueFd(::open(name_in_proc(place_.entry.get()).c_str(), kFlags));
    if (!file_ && errno == ENOENT) {  // without /proc
      file_ = UniqueFd(::openat(place_.folder.get(), place_.name.c_str(), kFlags | O_NOFOLLOW));
      struct stat opened{};
      if (file_ && (::fstat(file_.get(), &opened) != 0 || !is_same(opened, place_.status)))
        return Error::system(ESTALE, "open", path_);
    }
  }
  return file_ ? Error() : failure("open");
}

Error Replacement::open_new() {
  if (place_.entry && !may_replace()) return failure("open");
  if (place_.entry && is_mounted(place_.entry.get())) return Error::system(EBUSY, "rename", path_);
  if (sync_) {
    readable_folder_ =
        UniqueFd(::openat(place_.folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  const bool is_new = !place_.entry;
  const bool has_file = open_nameless(is_new ? mode_ : kPrivate) ||
                        ((!is_new || learn_mode()) && open_named(kPrivate));
  if (!has_file) return Error::system(errno, "open a new file in", place_.folder_path);
  struct stat status{};
  if (::fstat(file_.get(), &status) != 0) return failure("fstat");
  if (is_new && temporary_.empty()) mode_ = status.st_mode & kPermissions;
  if (const int error = set_mode(file_.get(), kPrivate))
    return Error::system(error, "fchmod", path_);
  return {};
}

// A file without write permission must not be replaced either.
bool Replacement::may_replace() const {
  struct stat folder{};
  if (::fstat(place_.folder.get(), &folder) != 0) return false;
  if (!is_planted(folder, place_.status)) return may_write(place_.entry.get());
  errno = EACCES;
  return false;
}

// Returns false, with errno, if that is impossible or the file could not get a name later.
bool Replacement::open_nameless(mode_t mode) {
  file_ = UniqueFd(::openat(place_.folder.get(), ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, mode));
  if (file_ && ::access(name_in_proc(file_.get()).c_str(), F_OK) != 0) file_ = UniqueFd();
  return static_cast<bool>(file_);
}

bool Replacement::open_named(mode_t mode) {
  for (int i = 0; i < kMostNames; ++i) {
    std::string name = some_temporary_name();
    file_ = UniqueFd(::openat(place_.folder.get(), name.c_str(),
                              O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (file_) temporary_ = std::move(name);
    if (file_ || errno != EEXIST) break;
  }
  return static_cast<bool>(file_);
}

// Only a new file shows the umask and the directory's default list, so this creates an empty one.
bool Replacement::learn_mode() {
  if (!open_named(mode_)) return false;
  struct stat status{};
  const bool is_known = ::fstat(file_.get(), &status) == 0;
  mode_ = status.st_mode & kPermissions;
  remove_name();
  return is_known;
}

Error Replacement::complete(int fd) {
  if (place_.entry) {
    if (const int error = keep_attributes(place_.entry.get(), fd))
      return Error::system(error, "keep the attributes of", path_);
    place_.entry = UniqueFd();  // otherwise the old file would be freed when this closes
  } else if (const int error = set_mode(fd, mode_)) {
    return Error::system(error, "fchmod", path_);
  }
  {
    const std::lock_guard lock(mutex_);
    if (cancelled_) return weir::Errc::aborted;
  }
  if (sync_) return ::fsync(fd) == 0 ? Error() : failure("fsync");
  const int error = flush_by_closing(fd);
  return error == 0 ? Error() : Error::system(error, "close", path_);
}

Error Replacement::put_in_place(int fd) {
  if (!around_rename_) return rename(fd);
  return around_rename_(fd, [this, fd] { return rename(fd); });
}

Error Replacement::rename(int fd) {
  // Without the lock, which cancel() takes on the loop's thread: this may sync.
  const int refused = look_again(fd);
  {
    const std::lock_guard lock(mutex_);
    if (cancelled_) return weir::Errc::aborted;
    if (refused != 0) return Error::system(refused, "rename", path_);
    struct Move {
      Replacement& replacement;
      int fd;
      int error;
    } move{*this, fd, EINTR};  // if the other process alone is killed
    run_uninterrupted(
        [](void* argument) {
          auto& [replacement, file, error] = *static_cast<Move*>(argument);
          error = replacement.move_into_place(file);
        },
        &move);
    if (move.error != 0) return Error::system(move.error, "rename", path_);
  }
  if (!sync_) return {};
  // A directory without read permission is synced with the file on file systems with a journal.
  const int synced = readable_folder_ ? ::fsync(readable_folder_.get()) : ::fsync(fd);
  const bool has_no_sync = synced != 0 && (errno == EINVAL || errno == ENOTSUP);
  if (synced != 0 && !has_no_sync) return Error::system(errno, "fsync", place_.folder_path);
  return {};
}

// Applies the rules again if another file has taken the name since open().
int Replacement::look_again(int fd) const {
  const int folder = place_.folder.get();
  const UniqueFd entry(::openat(folder, place_.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!entry) return errno == ENOENT ? 0 : errno;
  struct stat now{};
  if (::fstat(entry.get(), &now) != 0) return errno;
  if (is_same(now, place_.status)) return 0;
  if (S_ISDIR(now.st_mode)) return EISDIR;
  if (!S_ISREG(now.st_mode)) return EEXIST;
  if (!may_write(entry.get())) return errno;
  if (const int error = keep_attributes(entry.get(), fd)) return error;
  return sync_ && ::fsync(fd) != 0 ? errno : 0;
}

int Replacement::link_to(int fd, const char* name) const {
  const std::string file = name_in_proc(fd);
  return ::linkat(AT_FDCWD, file.c_str(), place_.folder.get(), name, AT_SYMLINK_FOLLOW) == 0
             ? 0
             : errno;
}

// Only a file with a name can be renamed over another.
int Replacement::give_name(int fd) {
  int error = EEXIST;
  for (int i = 0; i < kMostNames && error == EEXIST; ++i) {
    std::string name = some_temporary_name();
    error = link_to(fd, name.c_str());
    if (error == 0) temporary_ = std::move(name);
  }
  return error;
}

int Replacement::move_into_place(int fd) {
  if (temporary_.empty()) {
    const int error = link_to(fd, place_.name.c_str());  // which replaces no file
    if (error != EEXIST) return error;
    if (const int failed = give_name(fd)) return failed;
  } else if (!is_still_there(fd)) {
    temporary_.clear();  // the name belongs to another file
    return ESTALE;
  }
  const int folder = place_.folder.get();
  if (::renameat(folder, temporary_.c_str(), folder, place_.name.c_str()) != 0) return errno;
  temporary_.clear();
  return 0;
}

// Another process may have put another file there.
bool Replacement::is_still_there(int fd) const {
  struct stat named{};
  struct stat ours{};
  return ::fstatat(place_.folder.get(), temporary_.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         ::fstat(fd, &ours) == 0 && is_same(named, ours);
}

}  // namespace weir::fs
