#include "fs/uninterrupted.h"

#include "fs/thread_sanitizer.h"

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <memory>
#include <new>

#include <sched.h>
#include <sys/wait.h>

namespace weir::fs {
namespace {

constexpr std::size_t kStackSize = std::size_t{256} << 10;

struct Call {
  void (*function)(void*);
  void* argument;
};

int run(void* call) {
  const auto [function, argument] = *static_cast<Call*>(call);
  function(argument);
  return 0;
}

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

void run_uninterrupted(void (*function)(void*), void* argument) {
  // ThreadSanitizer waits forever in a process that shares the memory of this one.
  if (WEIR_HAS_THREAD_SANITIZER) return function(argument);
  const SignalsHeld held;  // which the new process inherits
  const std::unique_ptr<std::byte[]> stack(new (std::nothrow) std::byte[kStackSize]);
  if (!stack) return function(argument);
  Call call{function, argument};
  // Like vfork, this thread waits for it. It ends without SIGCHLD, and no other wait() sees it.
  const int process = ::clone(&run, stack.get() + kStackSize,
                              CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_FS, &call);
  if (process < 0) return function(argument);
  while (::waitpid(process, nullptr, __WALL) < 0 && errno == EINTR) {
  }
}

}  // namespace weir::fs
