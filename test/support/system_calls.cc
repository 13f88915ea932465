#include "support/system_calls.h"

#include <atomic>

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

std::atomic<std::size_t> sendmsg_calls;
std::atomic<std::size_t> sendmsg_more_calls;
std::atomic<std::size_t> sendfile_calls;

}  // namespace

// In place of the C library's.
extern "C" ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  ++sendmsg_calls;
  if (flags & MSG_MORE) ++sendmsg_more_calls;
  return ::syscall(SYS_sendmsg, fd, message, flags);
}
extern "C" ssize_t sendfile(int to, int from, off_t* offset, std::size_t count) noexcept {
  ++sendfile_calls;
  return ::syscall(SYS_sendfile, to, from, offset, count);
}

namespace weir::test {

SystemCalls system_calls() noexcept { return {sendmsg_calls, sendmsg_more_calls, sendfile_calls}; }

}  // namespace weir::test
