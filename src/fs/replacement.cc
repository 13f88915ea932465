#include "fs/replacement.h"

#include "fs/attributes.h"

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weir::fs {
namespace {

constexpr mode_t kPrivate = 0600;
constexpr int kMostNames = 100;  // to try, each as likely to be free

// Short, whatever is replaced: a name of 255 bytes has no room for more.
std::string some_name() {
  std::random_device random;
  const std::uint64_t number = (std::uint64_t{random()} << 32) | random();
  return fmt::format(".weir-{:016x}", number);
}

std::string name_in_proc(int fd) { return fmt::format("/proc/self/fd/{}", fd); }

bool may_write(int entry) {
  if (::faccessat(entry, "", W_OK, AT_EACCESS | AT_EMPTY_PATH) == 0) return true;
  if (errno != EINVAL) return false;
  // Before Linux 5.8.
  return ::faccessat(AT_FDCWD, name_in_proc(entry).c_str(), W_OK, AT_EACCESS) == 0;
}

// No signal's default ends the process between two calls of this thread.
class SignalsHeld {
 public:
  SignalsHeld() noexcept {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;
  ~SignalsHeld() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace

Replacement::~Replacement() {
  if (!temporary_.empty()) ::unlinkat(place_.folder.get(), temporary_.c_str(), 0);
}

Error Replacement::failure(const char* syscall) const {
  return Error::system(errno, syscall, path_);
}

Error Replacement::open() {
  auto place = find_place(path_);
  if (!place) return Error::system(place.error(), "open", path_);
  place_ = *std::move(place);
  const bool exists = static_cast<bool>(place_.entry);
  if (exists && S_ISDIR(place_.status.st_mode)) return Error::system(EISDIR, "open", path_);
  if (exists && !S_ISREG(place_.status.st_mode)) return {};
  // A file that may not be written to may not be replaced either.
  if (exists && !may_write(place_.entry.get())) return failure("open");
  if (sync_) {
    readable_folder_ =
        UniqueFd(::openat(place_.folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!readable_folder_) return Error::system(errno, "open", place_.folder_path);
  }

  const mode_t mode = exists ? kPrivate : mode_;
  if (!open_nameless(mode) && !open_named(mode))
    return Error::system(errno, "open a new file in", place_.folder_path);
  struct stat status{};
  if (::fstat(file_.get(), &status) != 0) return failure("fstat");
  mode_ = status.st_mode & 07777;  // the umask, or the folder's default list, is in it
  if (::fchmod(file_.get(), kPrivate) != 0) return failure("fchmod");
  return {};
}

// False, with errno, where it cannot be or could not get a name later.
bool Replacement::open_nameless(mode_t mode) {
  file_ = UniqueFd(::openat(place_.folder.get(), ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, mode));
  if (file_ && ::access(name_in_proc(file_.get()).c_str(), F_OK) != 0) file_ = UniqueFd();
  return static_cast<bool>(file_);
}

bool Replacement::open_named(mode_t mode) {
  for (int i = 0; i < kMostNames; ++i) {
    std::string name = some_name();
    file_ = UniqueFd(::openat(place_.folder.get(), name.c_str(),
                              O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (file_) temporary_ = std::move(name);
    if (file_ || errno != EEXIST) break;
  }
  return static_cast<bool>(file_);
}

Error Replacement::complete(int fd) {
  const int error = place_.entry ? keep_attributes(place_.entry.get(), fd)
                                 : (::fchmod(fd, mode_) == 0 ? 0 : errno);
  if (error != 0) return Error::system(error, "fchmod", path_);
  if (sync_ && ::fsync(fd) != 0) return failure("fsync");
  return {};
}

Error Replacement::put_in_place(int fd) {
  if (cancelled_) return Errc::aborted;
  {
    const SignalsHeld held;
    if (const int error = move_into_place(fd)) return Error::system(error, "rename", path_);
  }
  if (sync_ && ::fsync(readable_folder_.get()) != 0)
    return Error::system(errno, "fsync", place_.folder_path);
  return {};
}

int Replacement::link_to(int fd, const char* name) const {
  const std::string file = name_in_proc(fd);
  return ::linkat(AT_FDCWD, file.c_str(), place_.folder.get(), name, AT_SYMLINK_FOLLOW) == 0
             ? 0
             : errno;
}

// A file without a name can be linked, which replaces nothing; only what has a name is renamed.
int Replacement::give_name(int fd) {
  int error = EEXIST;
  for (int i = 0; i < kMostNames && error == EEXIST; ++i) {
    std::string name = some_name();
    error = link_to(fd, name.c_str());
    if (error == 0) temporary_ = std::move(name);
  }
  return error;
}

int Replacement::move_into_place(int fd) {
  if (temporary_.empty()) {
    // EEXIST: another was there first. It is replaced as if it had been there from the beginning.
    const int error = place_.entry ? EEXIST : link_to(fd, place_.name.c_str());
    if (error != EEXIST) return error;
    if (const int failed = give_name(fd)) return failed;
  } else if (!is_still_there(fd)) {
    return ESTALE;
  }
  const int folder = place_.folder.get();
  if (::renameat(folder, temporary_.c_str(), folder, place_.name.c_str()) != 0) return errno;
  temporary_.clear();
  return 0;
}

// Another may have put something else in the name's place.
bool Replacement::is_still_there(int fd) const {
  struct stat named{};
  struct stat ours{};
  return ::fstatat(place_.folder.get(), temporary_.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         ::fstat(fd, &ours) == 0 && named.st_dev == ours.st_dev && named.st_ino == ours.st_ino;
}

}  // namespace weir::fs
