// Ctrl-C and a polite kill, told of once: the second time they kill as usual.
#pragma once

#include <weir/weir.h>

#include <vector>

namespace tool {

class Interrupt {
 public:
  using Interrupted = weir::Function<void(int signal)>;

  // A signal that the process was started to ignore stays ignored.
  Interrupt(weir::Loop& loop, Interrupted interrupted);
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

 private:
  Interrupted interrupted_;
  std::vector<weir::Signal> watched_;
};

}  // namespace tool
