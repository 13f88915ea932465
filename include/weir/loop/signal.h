// weir/loop/signal.h - a signal to the process as a callback on the loop.
//
//   weir::Signal interrupted(loop, SIGINT, [&] { stream->end(); });
//
// Watches for as long as it lives; it does not keep the loop alive. Node: process.on('SIGINT').
#pragma once

#include <weir/base/ref.h>
#include <weir/loop/loop.h>

namespace weir {

class Signal {
 public:
  // ERRORS: throws the system's error where the signal cannot be watched (SIGKILL), and
  // ERR_INVALID_ARG_TYPE for an empty call.
  Signal(Loop& loop, int number, Loop::Call call);
  Signal(Signal&&) noexcept;
  Signal& operator=(Signal&&) noexcept;
  ~Signal();

 private:
  struct Watch;
  Ref<Watch> watch_;
};

}  // namespace weir
