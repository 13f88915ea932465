// fork_child() - fork() whose child process ends with the test, also where a signal kills the test.
#pragma once

#include <csignal>

#include <sys/prctl.h>
#include <sys/types.h>
#include <unistd.h>

namespace weir::test {

inline pid_t fork_child() {
  const pid_t test = ::getpid();
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != test) ::_exit(127);
  return 0;
}

}  // namespace weir::test
