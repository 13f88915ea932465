// A log whose last lines are in the file although the process ends before the loop writes them.
#include <weir/weir.h>

#include <cstdlib>

int main() {
  weir::Loop loop;
  const weir::CrashFlush crash_flush(loop);
  const auto log = weir::fs::create_write_stream(loop, "app.log", {.flags = "a"});
  loop.set_immediate([&] {
    log->write("these lines are accepted,\n");
    log->write("and not written yet\n");
    std::exit(0);  // or a SIGSEGV, an abort, a SIGTERM
  });
  loop.run();
}
