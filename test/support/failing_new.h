// support/failing_new.h - the program's operator new, which fails where a test asks it to.
//
//   failing_new().arm(3, Shortage::once);   // on this thread, the third allocation from here
//   throws
//   ...
//   failing_new().disarm();
#pragma once

#include <atomic>
#include <cstddef>

namespace weir::test {

enum class Shortage {
  once,  // one allocation fails, and those after it succeed
  lasting,
};

class FailingNew {
 public:
  // Counts the allocations of the calling thread, until disarm().
  void arm(std::size_t at, Shortage shortage) noexcept;
  void disarm() noexcept;
  // True if an allocation has failed since arm().
  bool failed() const noexcept { return failed_; }
  // The blocks of the program that are allocated and not freed.
  std::ptrdiff_t live() const noexcept { return live_; }

  // Called where an allocation fails, if it is set.
  void set_trace(void (*trace)()) noexcept { trace_ = trace; }

  // For the operators.
  bool may_allocate() noexcept;
  void freed() noexcept { --live_; }

 private:
  void (*trace_)() = nullptr;
  std::size_t left_ = 0;
  Shortage shortage_ = Shortage::once;
  std::atomic<bool> failed_ = false;
  std::atomic<std::ptrdiff_t> live_ = 0;
};

FailingNew& failing_new() noexcept;

}  // namespace weir::test
