// A library for LD_PRELOAD that lets one call of the system fail: the FAIL_AT-th call of FAIL_CALL
// on a file, a pipe, a socket or a terminal, with the errno FAIL_WITH. The file FAIL_REACHED is
// created when that happens.
//
// With KILL_AT, the process is killed instead, right before that call of any kind; with KILL_GROUP,
// its group is. With CALLS_MADE, the number of the calls is written into that file at the end.
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

struct Plan {
  const char* call = std::getenv("FAIL_CALL");
  const char* reached = std::getenv("FAIL_REACHED");
  long at = number("FAIL_AT");
  int error = static_cast<int>(number("FAIL_WITH"));
  long kill_at = number("KILL_AT");
  bool kills_group = std::getenv("KILL_GROUP") != nullptr;
  const char* calls_made = std::getenv("CALLS_MADE");
  std::atomic<long> calls = 0;
  std::atomic<long> all_calls = 0;

  static long number(const char* name) {
    const char* const text = std::getenv(name);
    return text ? std::atol(text) : 0;
  }
};

Plan& plan() {
  static Plan only;
  return only;
}

template <class F>
F* next(const char* name) {
  void* const symbol = ::dlsym(RTLD_NEXT, name);
  F* function = nullptr;
  std::memcpy(&function, &symbol, sizeof function);
  return function;
}

// The pipes that the process has made: both ends are its own, so a byte in them always arrives.
std::atomic<bool> own_pipes[1024];

bool is_by_libuv(void* caller) {
  Dl_info object;
  return ::dladdr(caller, &object) != 0 && std::strstr(object.dli_fname, "libuv.so");
}

// A descriptor without a file type is one that libuv waits with; it aborts if that fails.
bool is_own(int fd) {
  if (fd >= 0 && fd < 1024 && own_pipes[fd]) return true;
  struct stat file = {};
  const int saved = errno;
  const bool own = fd >= 0 && next<int(int, struct stat*)>("fstat")(fd, &file) == 0 &&
                   (file.st_mode & S_IFMT) == 0;
  errno = saved;
  return own;
}

bool fails(const char* call) {
  Plan& p = plan();
  if (p.all_calls.fetch_add(1) + 1 == p.kill_at)
    static_cast<void>(::kill(p.kills_group ? 0 : ::getpid(), SIGKILL));
  if (!p.call || std::strcmp(p.call, call) != 0) return false;
  if (p.calls.fetch_add(1) + 1 != p.at) return false;
  if (p.reached) {
    const int file = next<int(const char*, int, ...)>("open")(p.reached, O_WRONLY | O_CREAT, 0600);
    next<int(int)>("close")(file);
  }
  errno = p.error;
  return true;
}
// Standard error does not fail, so that the command can say what has. A connection that is reset
// carries nothing more.
bool fails(const char* call, int fd) {
  if (fd == 2 || is_own(fd) || !fails(call)) return false;
  if (plan().error == ECONNRESET) {
    ::shutdown(fd, SHUT_RDWR);
    errno = ECONNRESET;
  }
  return true;
}

[[gnu::destructor]] void write_calls_made() {
  Plan& p = plan();
  if (!p.calls_made) return;
  char text[24];
  const int size = std::snprintf(text, sizeof text, "%ld", p.all_calls.load());
  const int file =
      next<int(const char*, int, ...)>("open")(p.calls_made, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  static_cast<void>(next<ssize_t(int, const void*, size_t)>("write")(file, text, size));
  next<int(int)>("close")(file);
}

mode_t mode_of(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

// A function whose first argument is a descriptor, or is not.
#define ON_FD(result, name, parameters, ...)                                                      \
  result name parameters {                                                                        \
    return fails(#name, fd) ? -1 : next<result parameters>(#name)(fd __VA_OPT__(, ) __VA_ARGS__); \
  }
#define PLAIN(result, name, parameters, ...) \
  result name parameters { return fails(#name) ? -1 : next<result parameters>(#name)(__VA_ARGS__); }
#define OPEN(name)                                                                          \
  int name(const char* path, int flags, ...) {                                              \
    va_list arguments;                                                                      \
    va_start(arguments, flags);                                                             \
    const mode_t mode = mode_of(flags, arguments);                                          \
    va_end(arguments);                                                                      \
    return fails("open") ? -1 : next<int(const char*, int, ...)>(#name)(path, flags, mode); \
  }

// The names ending in 64 are libuv's.
extern "C" {
OPEN(open)
OPEN(open64)
int openat(int folder, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return fails("openat")
             ? -1
             : next<int(int, const char*, int, ...)>("openat")(folder, path, flags, mode);
}
// openat2 has no function. Others, such as futex, are the libraries' own.
long syscall(long number, ...) {
  va_list list;
  va_start(list, number);
  long a[6];
  for (long& each : a) each = va_arg(list, long);
  va_end(list);
  return fails("syscall")
             ? -1
             : next<long(long, ...)>("syscall")(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
ON_FD(ssize_t, read, (int fd, void* b, size_t n), b, n)
ON_FD(ssize_t, readv, (int fd, const iovec* v, int n), v, n)
ON_FD(ssize_t, pread, (int fd, void* b, size_t n, off_t at), b, n, at)
ON_FD(ssize_t, pread64, (int fd, void* b, size_t n, off_t at), b, n, at)
ON_FD(ssize_t, preadv2, (int fd, const iovec* v, int n, off_t at, int f), v, n, at, f)
ON_FD(ssize_t, write, (int fd, const void* b, size_t n), b, n)
ON_FD(ssize_t, writev, (int fd, const iovec* v, int n), v, n)
ON_FD(ssize_t, pwrite, (int fd, const void* b, size_t n, off_t at), b, n, at)
ON_FD(ssize_t, pwrite64, (int fd, const void* b, size_t n, off_t at), b, n, at)
ON_FD(ssize_t, pwritev, (int fd, const iovec* v, int n, off_t at), v, n, at)
int close(int fd) {
  const bool failing = fails("close", fd);
  if (fd >= 0 && fd < 1024) own_pipes[fd] = false;
  // As on Linux, the descriptor is closed even so.
  const int result = next<int(int)>("close")(fd);
  if (!failing) return result;
  errno = plan().error;
  return -1;
}
ON_FD(int, fsync, (int fd))
ON_FD(int, fdatasync, (int fd))
ON_FD(int, syncfs, (int fd))
ON_FD(int, fstat, (int fd, struct stat* s), s)
ON_FD(int, fchmod, (int fd, mode_t m), m)
ON_FD(int, fchown, (int fd, uid_t u, gid_t g), u, g)
ON_FD(int, fallocate, (int fd, int m, off_t at, off_t n), m, at, n)
ON_FD(off_t, lseek, (int fd, off_t at, int from), at, from)
ON_FD(int, dup, (int fd))
ON_FD(ssize_t, copy_file_range, (int fd, off_t* a, int to, off_t* b, size_t n, unsigned f), a, to,
      b, n, f)
ON_FD(ssize_t, sendfile, (int fd, int from, off_t* at, size_t n), from, at, n)
ON_FD(int, fsetxattr, (int fd, const char* k, const void* v, size_t n, int f), k, v, n, f)
ON_FD(int, bind, (int fd, const sockaddr* a, socklen_t n), a, n)
ON_FD(int, listen, (int fd, int n), n)
ON_FD(int, connect, (int fd, const sockaddr* a, socklen_t n), a, n)
ON_FD(int, accept4, (int fd, sockaddr* a, socklen_t* n, int f), a, n, f)
ON_FD(int, setsockopt, (int fd, int l, int k, const void* v, socklen_t n), l, k, v, n)
ON_FD(int, getsockname, (int fd, sockaddr* a, socklen_t* n), a, n)
ON_FD(int, getpeername, (int fd, sockaddr* a, socklen_t* n), a, n)
ON_FD(ssize_t, send, (int fd, const void* b, size_t n, int f), b, n, f)
ON_FD(ssize_t, sendmsg, (int fd, const msghdr* m, int f), m, f)
ON_FD(ssize_t, recv, (int fd, void* b, size_t n, int f), b, n, f)
ON_FD(ssize_t, recvmsg, (int fd, msghdr* m, int f), m, f)
PLAIN(int, stat, (const char* p, struct stat* s), p, s)
PLAIN(int, fstatat, (int d, const char* p, struct stat* s, int f), d, p, s, f)
PLAIN(int, statx, (int d, const char* p, int f, unsigned m, struct statx* s), d, p, f, m, s)
PLAIN(int, linkat, (int a, const char* p, int b, const char* q, int f), a, p, b, q, f)
PLAIN(int, renameat, (int a, const char* p, int b, const char* q), a, p, b, q)
PLAIN(int, renameat2, (int a, const char* p, int b, const char* q, unsigned f), a, p, b, q, f)
PLAIN(int, unlinkat, (int d, const char* p, int f), d, p, f)
PLAIN(ssize_t, readlinkat, (int d, const char* p, char* b, size_t n), d, p, b, n)
int pipe2(int* ends, int flags) {
  // libuv aborts without its pipe for signals.
  if (!is_by_libuv(__builtin_return_address(0)) && fails("pipe2")) return -1;
  const int result = next<int(int*, int)>("pipe2")(ends, flags);
  for (int end = 0; result == 0 && end < 2; ++end)
    if (ends[end] < 1024) own_pipes[ends[end]] = true;
  return result;
}
PLAIN(int, socket, (int d, int t, int p), d, t, p)
PLAIN(int, epoll_create1, (int f), f)
PLAIN(int, eventfd, (unsigned n, int f), n, f)
PLAIN(int, poll, (pollfd * f, nfds_t n, int t), f, n, t)
PLAIN(pid_t, waitpid, (pid_t p, int* s, int f), p, s, f)
int getaddrinfo(const char* n, const char* s, const addrinfo* h, addrinfo** r) {
  return fails("getaddrinfo") ? EAI_AGAIN : next<decltype(getaddrinfo)>("getaddrinfo")(n, s, h, r);
}
}
