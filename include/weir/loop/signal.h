// weir/loop/signal.h - calls a function on the loop when the process receives a signal.
//
//   weir::Signal interrupted(loop, SIGINT, [&] { stream->end(); });
//
// A Signal watches until it is destroyed. It does not keep the loop running.
// Node: process.on('SIGINT').
#pragma once

#include <weir/base/ref.h>
#include <weir/loop/loop.h>

namespace weir {

class Signal {
 public:
  // ERRORS: throws the system's error if the signal cannot be watched (SIGKILL), and
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
