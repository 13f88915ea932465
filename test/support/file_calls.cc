#include "support/file_calls.h"

#include <cerrno>
#include <cstdarg>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace weir::test {
namespace {

std::mutex mutex;
std::optional<FailingFileCalls::Which> failing;
std::size_t seen = 0;
std::string made;

enum class Turn { usual, fails, marked };

Turn turn_of(std::string_view call) {
  const std::lock_guard lock(mutex);
  if (!failing) return Turn::usual;
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
bool fails(std::string_view call) {
  const Turn turn = turn_of(call);
  if (turn == Turn::marked) failing->before();
  return turn == Turn::fails;
}

template <class... Args>
int call(std::string_view name, long number, Args... args) {
  return fails(name) ? -1 : static_cast<int>(::syscall(number, args...));
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

// In place of the C library's.
extern "C" {

int open(const char* path, int flags, ...) {
  std::va_list arguments;
  va_start(arguments, flags);
  const bool has_mode = (flags & O_CREAT) != 0;
  const auto mode = has_mode ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return call("open", SYS_open, path, flags, mode);
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

}  // extern "C"
