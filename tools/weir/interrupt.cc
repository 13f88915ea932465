#include "weir/interrupt.h"

#include "weir/conclude.h"

#include <csignal>
#include <cstdlib>
#include <utility>

#include <pthread.h>

namespace tool {
namespace {

bool is_ignored(int signal) {
  struct sigaction action{};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

Interrupt::Interrupt(weir::Loop& loop, std::span<const int> signals, Interrupted interrupted)
    : interrupted_(std::move(interrupted)) {
  for (const int signal : signals) {
    if (is_ignored(signal)) continue;
    watched_.emplace_back(loop, signal, [this, signal] {
      watched_.clear();
      interrupted_(signal);
    });
  }
}

void end_by(int signal) {
  std::signal(signal, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  std::raise(signal);
  // The first process of a container ignores the default action of its own signals.
  std::_Exit(kSignalled + signal);
}

void stop_within(weir::Loop& loop, std::chrono::milliseconds time) {
  loop.set_timeout(time, [&loop] { loop.stop(); })->unref();
}

}  // namespace tool
