// threads - logs that four threads write to.
//
// A Producer writes records from any thread into one stream. Its queue is bounded: a thread that is
// faster than the disk waits, or its lines are dropped and counted.
#include <weir/weir.h>

#include <thread>
#include <vector>

namespace {

void wait_for_room() {
  weir::Loop loop;
  std::vector<std::jthread> threads;
  {
    const weir::Producer log(loop, weir::fs::create_write_stream(loop, "threads.log"));
    for (int thread = 0; thread < 4; ++thread)
      threads.emplace_back([log, thread] {
        for (int i = 0; i < 25'000; ++i) log.print("thread {}, line {}\n", thread, i);
      });
  }
  loop.run();  // until each thread has dropped its copy of `log`, and the file is closed
}

void drop_lines() {
  weir::Loop loop;
  const weir::Producer log(loop, weir::fs::create_write_stream(loop, "busy.log"),
                           {.capacity = 4096,
                            .when_full = weir::WhenFull::drop,
                            .dropped_record = "({} lines dropped)\n"});
  std::jthread thread([log] {
    for (int i = 0; i < 25'000; ++i) log.print("line {}\n", i);
    log.end();
  });
  loop.run();
  fmt::print("{} written, {} dropped\n", log.counts().written, log.counts().dropped);
}

}  // namespace

int main() {
  wait_for_room();
  drop_lines();
}
