// A 1 KiB buffer, filled round after round.
#include <weir/weir.h>

int main() {
  weir::Loop loop;
  weir::co::run(loop, [&]() -> weir::Task<> {
    auto stream = weir::fs::create_write_stream(loop, "output.txt", {.high_water_mark = 1024});
    for (int round = 1; round <= 3; ++round) {
      int lines = 1;
      while (stream->write("Hello World\n")) ++lines;
      fmt::print("round {}: {} lines fill the buffer\n", round, lines);
      co_await weir::co::ready(*stream);
    }
    co_await weir::co::end(*stream);
  });
}
