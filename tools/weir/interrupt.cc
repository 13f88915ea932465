#include "weir/interrupt.h"

#include <csignal>
#include <utility>

namespace tool {
namespace {

bool is_ignored(int signal) {
  struct sigaction action{};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

Interrupt::Interrupt(weir::Loop& loop, Interrupted interrupted)
    : interrupted_(std::move(interrupted)) {
  for (const int signal : {SIGINT, SIGTERM}) {
    if (is_ignored(signal)) continue;
    watched_.emplace_back(loop, signal, [this, signal] {
      watched_.clear();
      interrupted_(signal);
    });
  }
}

}  // namespace tool
