// weir/loop/crash_flush.h - CrashFlush: writes buffered data into its files when the process dies.
//
//   weir::Loop loop;
//   const weir::CrashFlush crash_flush(loop);   // in main, after the loop
//   auto log = weir::fs::create_write_stream(loop, "app.log", {.flags = "a"});
//
// While it exists, the end of the process writes everything that the loop's file streams
// (fs::create_write_stream, fs::create_rotating_stream) have accepted and not written, and the
// records that a Producer has accepted for one of them. Then the signal has the effect that it has
// without a CrashFlush: the core dump, the exit status, or the call of the handler that was there
// before.
//
// It acts on:
// - SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP, of any cause and on any thread. So
//   abort(), std::terminate and a failed assertion, too.
// - SIGTERM, SIGINT, SIGHUP and SIGQUIT, if the signal has its default action when the CrashFlush
//   is created. A Signal that is created for one of them, before or after, replaces it.
// - exit() on any thread, and so the end of main() while a static variable has the CrashFlush's
//   loop. A CrashFlush in a static variable is destroyed too early for that: keep it in main.
// It cannot act on SIGKILL, _exit() and quick_exit().
//
// Rules:
// - Bytes are written in the order of the writes: a file ends with a prefix of what was accepted,
//   and contains all of it unless a write fails (a full disk), or a call in progress on a disk that
//   hangs does not return within two seconds. Records of a Producer stay whole.
// - Streams to regular files only. Pipes, terminals, sockets and devices are left alone, since a
//   write could block the dying process; so are streams with `file_ops` of your own, those of
//   create_replacing_stream, whose file stays the old one, and destroyed streams.
// - The data is with the system, not synced to the disk.
// - A fault on the loop's thread writes from there, at once, also after a stack overflow. The end
//   of the process by another thread, or by a signal from outside, lets the loop finish its
//   callback and write by itself. After `patience` the loop's thread is stopped where it is, and
//   its data written as it is found. A thread without a loop needs an alternate signal stack of its
//   own for its stack overflows (sigaltstack).
// - The program's own handlers for the first group of signals run afterwards. They cannot continue
//   the program: the streams do not write any more.
// - A forked child does not write its parent's data.
//
// A program has one for each of its loops. It costs a turn of the loop a few nanoseconds, and a
// write nothing.
#pragma once

#include <weir/base/durations.h>
#include <weir/loop/loop.h>

#include <memory>

namespace weir {

namespace internal {
class CrashLoop;
}

struct CrashFlushOptions {
  // The time for the callback in progress on the loop, when another thread ends the process.
  std::chrono::milliseconds patience = std::chrono::milliseconds(500);
};

class CrashFlush {
 public:
  // Installs the handlers, if this is the process's first one, and a thread that waits for signals
  // from outside.
  // ERRORS: throws ERR_OUT_OF_RANGE for a negative patience, and the system's error.
  explicit CrashFlush(Loop& loop, const CrashFlushOptions& options = {});
  CrashFlush(CrashFlush&&) noexcept;
  CrashFlush& operator=(CrashFlush&&) noexcept;
  // The process's last one restores the handlers that were there before. Does not write.
  ~CrashFlush();

 private:
  std::unique_ptr<internal::CrashLoop> loop_;
};

}  // namespace weir
