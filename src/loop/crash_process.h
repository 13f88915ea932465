// The signal handlers of all CrashFlushes. They belong to the process, so this is its one state
// that is not an object's.
#pragma once

namespace weir::internal {

class CrashLoop;

class CrashProcess {
 public:
  // Installs the handlers with the first loop, and removes them with the last one. remove() waits
  // while a crash uses the loop.
  // ERRORS: add throws the system's error.
  static void add(CrashLoop& loop);
  static void remove(CrashLoop& loop) noexcept;

  // For a thread whose data is written, while another one writes the rest: returns when the program
  // continues, as in exit().
  static void wait_for_end() noexcept;
};

}  // namespace weir::internal
