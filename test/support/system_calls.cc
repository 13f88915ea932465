#include "support/system_calls.h"

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <functional>
#include <utility>

#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace weir::test {
namespace {

std::atomic<std::size_t> send_calls;
std::atomic<std::size_t> send_more_calls;
std::atomic<std::size_t> sendfile_calls;

thread_local FailingCalls* failing = nullptr;

void count_send(int flags) noexcept {
  ++send_calls;
  if (flags & MSG_MORE) ++send_more_calls;
}

// As the C library: -1 and errno.
template <class... Args>
long call(Calls kind, long number, Args... args) noexcept {
  return FailingCalls::fail(kind) ? -1 : ::syscall(number, args...);
}

}  // namespace

SystemCalls system_calls() noexcept { return {send_calls, send_more_calls, sendfile_calls}; }

void FailingCalls::during(const std::function<void()>& program) {
  struct Armed {
    explicit Armed(FailingCalls* calls) : before(std::exchange(failing, calls)) {}
    ~Armed() { failing = before; }
    FailingCalls* before;
  } const armed(this);
  program();
}

bool FailingCalls::fail(Calls kind) noexcept {
  if (!failing) return false;
  const Which& which = failing->which_;
  if (which.calls != Calls::all && which.calls != kind) return false;
  const std::size_t number = ++failing->seen_;
  if (number < which.first || number - which.first >= which.count) return false;
  errno = which.error;
  return true;
}

}  // namespace weir::test

using weir::test::Calls;
using weir::test::FailingCalls;

// In place of the C library's.
extern "C" {

ssize_t send(int fd, const void* bytes, std::size_t size, int flags) {
  weir::test::count_send(flags);
  return weir::test::call(Calls::sends, SYS_sendto, fd, bytes, size, flags, nullptr, 0);
}
ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  weir::test::count_send(flags);
  return weir::test::call(Calls::sends, SYS_sendmsg, fd, message, flags);
}
ssize_t sendfile(int to, int from, off_t* offset, std::size_t count) noexcept {
  ++weir::test::sendfile_calls;
  return weir::test::call(Calls::sends, SYS_sendfile, to, from, offset, count);
}

ssize_t recv(int fd, void* to, std::size_t size, int flags) {
  return weir::test::call(Calls::all, SYS_recvfrom, fd, to, size, flags, nullptr, nullptr);
}
int accept4(int fd, sockaddr* address, socklen_t* length, int flags) {
  return static_cast<int>(weir::test::call(Calls::all, SYS_accept4, fd, address, length, flags));
}
int shutdown(int fd, int how) noexcept {
  return static_cast<int>(weir::test::call(Calls::all, SYS_shutdown, fd, how));
}
int getsockopt(int fd, int level, int option, void* value, socklen_t* length) noexcept {
  return static_cast<int>(
      weir::test::call(Calls::all, SYS_getsockopt, fd, level, option, value, length));
}
int setsockopt(int fd, int level, int option, const void* value, socklen_t length) noexcept {
  return static_cast<int>(
      weir::test::call(Calls::options, SYS_setsockopt, fd, level, option, value, length));
}
int getsockname(int fd, sockaddr* address, socklen_t* length) noexcept {
  return static_cast<int>(weir::test::call(Calls::all, SYS_getsockname, fd, address, length));
}
int getpeername(int fd, sockaddr* address, socklen_t* length) noexcept {
  return static_cast<int>(weir::test::call(Calls::all, SYS_getpeername, fd, address, length));
}

int ioctl(int fd, unsigned long request, ...) noexcept {
  std::va_list arguments;
  va_start(arguments, request);
  void* const argument = va_arg(arguments, void*);
  va_end(arguments);
  if (request == FIONBIO && FailingCalls::fail(Calls::all)) return -1;
  return static_cast<int>(::syscall(SYS_ioctl, fd, request, argument));
}

// Only an added entry needs memory, so only that can fail.
int epoll_ctl(int set, int operation, int fd, epoll_event* event) noexcept {
  const auto result = static_cast<int>(::syscall(SYS_epoll_ctl, set, operation, fd, event));
  if (operation != EPOLL_CTL_ADD || result != 0) return result;
  if (!FailingCalls::fail(Calls::watches)) return 0;
  const int error = errno;
  ::syscall(SYS_epoll_ctl, set, EPOLL_CTL_DEL, fd, event);
  errno = error;
  return -1;
}

}  // extern "C"
