#include "support/file_calls.h"

#include <cerrno>
#include <cstdarg>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace weir::test {
namespace {

std::mutex mutex;
std::optional<FailingFileCalls::Which> failing;
std::size_t seen = 0;
std::string made;

enum class Turn { usual, fails, marked };

Turn turn_of(std::string_view call, bool is_of_rotation) {
  const std::lock_guard lock(mutex);
  if (!failing || (is_of_rotation && !failing->includes_rotation)) return Turn::usual;
  if (!made.empty()) made += ' ';
  made += call;
  if (call == "O_TMPFILE" && !failing->has_nameless) {
    errno = EOPNOTSUPP;
    return Turn::fails;
  }
  if (!failing->call.empty() && failing->call != call) return Turn::usual;
  const std::size_t number = ++seen;
  if (number < failing->first || number - failing->first >= failing->count) return Turn::usual;
  if (failing->before) return Turn::marked;
  errno = failing->error;
  return Turn::fails;
}

// Sets errno where this one fails.
bool fails(std::string_view call, bool is_of_rotation = false) {
  const Turn turn = turn_of(call, is_of_rotation);
  if (turn == Turn::marked) failing->before();
  return turn == Turn::fails;
}

template <class... Args>
int call(std::string_view name, long number, Args... args) {
  return fails(name) ? -1 : static_cast<int>(::syscall(number, args...));
}

template <class... Args>
int rotation_call(std::string_view name, long number, Args... args) {
  return fails(name, true) ? -1 : static_cast<int>(::syscall(number, args...));
}

bool write_fails(int fd) {
  {
    const std::lock_guard lock(mutex);
    if (!failing || failing->call != "write") return false;
  }
  struct stat status{};
  return ::syscall(SYS_fstat, fd, &status) == 0 && S_ISREG(status.st_mode) && fails("write");
}

}  // namespace

FailingFileCalls::FailingFileCalls(Which which) {
  const std::lock_guard lock(mutex);
  failing = std::move(which);
  seen = 0;
  made.clear();
}
FailingFileCalls::~FailingFileCalls() {
  const std::lock_guard lock(mutex);
  failing = std::nullopt;
}
std::string FailingFileCalls::calls() const {
  const std::lock_guard lock(mutex);
  return made;
}
bool FailingFileCalls::have_failed() const {
  const std::lock_guard lock(mutex);
  return seen >= failing->first;
}

}  // namespace weir::test

using weir::test::call;
using weir::test::rotation_call;

// In place of the C library's.
extern "C" {

int open(const char* path, int flags, ...) {
  std::va_list arguments;
  va_start(arguments, flags);
  const bool has_mode = (flags & O_CREAT) != 0;
  const auto mode = has_mode ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return call("open", SYS_openat, AT_FDCWD, path, flags, mode);
}
int openat(int folder, const char* path, int flags, ...) {
  std::va_list arguments;
  va_start(arguments, flags);
  const auto mode =
      (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  const bool is_nameless = (flags & O_TMPFILE) == O_TMPFILE;
  return call(is_nameless ? "O_TMPFILE" : "openat", SYS_openat, folder, path, flags, mode);
}
int fchmod(int fd, mode_t mode) noexcept { return call("fchmod", SYS_fchmod, fd, mode); }
int fchown(int fd, uid_t user, gid_t group) noexcept {
  return call("fchown", SYS_fchown, fd, user, group);
}
int fsync(int fd) { return call("fsync", SYS_fsync, fd); }
int linkat(int from, const char* path, int to, const char* name, int flags) noexcept {
  return call("linkat", SYS_linkat, from, path, to, name, flags);
}
int renameat(int from, const char* old_name, int to, const char* name) noexcept {
  return call("renameat", SYS_renameat, from, old_name, to, name);
}
int fsetxattr(int fd, const char* name, const void* value, std::size_t size, int flags) noexcept {
  return call("fsetxattr", SYS_fsetxattr, fd, name, value, size, flags);
}
int fremovexattr(int fd, const char* name) noexcept {
  return call("fremovexattr", SYS_fremovexattr, fd, name);
}
ssize_t listxattr(const char* path, char* names, std::size_t size) noexcept {
  return weir::test::fails("listxattr") ? -1 : ::syscall(SYS_listxattr, path, names, size);
}

int fdatasync(int fd) { return rotation_call("fdatasync", SYS_fdatasync, fd); }
int syncfs(int fd) noexcept { return rotation_call("syncfs", SYS_syncfs, fd); }
int fstat(int fd, struct stat* status) noexcept {
  return rotation_call("fstat", SYS_fstat, fd, status);
}
int fstatat(int folder, const char* path, struct stat* status, int flags) noexcept {
  return rotation_call("fstatat", SYS_newfstatat, folder, path, status, flags);
}
int renameat2(int from, const char* old_name, int to, const char* name, unsigned flags) noexcept {
  return rotation_call("renameat2", SYS_renameat2, from, old_name, to, name, flags);
}
int unlinkat(int folder, const char* path, int flags) noexcept {
  return rotation_call("unlinkat", SYS_unlinkat, folder, path, flags);
}
ssize_t write(int fd, const void* bytes, std::size_t size) {
  return weir::test::write_fails(fd) ? -1 : ::syscall(SYS_write, fd, bytes, size);
}
ssize_t writev(int fd, const iovec* views, int count) {
  return weir::test::write_fails(fd) ? -1 : ::syscall(SYS_writev, fd, views, count);
}
dirent* readdir(DIR* folder) {
  using Readdir = dirent* (*)(DIR*);
  static const auto real = reinterpret_cast<Readdir>(::dlsym(RTLD_NEXT, "readdir"));
  return weir::test::fails("readdir", true) ? nullptr : real(folder);
}

}  // extern "C"
