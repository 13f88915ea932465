// A 1 KiB buffer, filled round after round.
#include <weir/weir.h>

int main() {
  weir::Loop loop;
  auto stream = weir::fs::create_write_stream(loop, "output.txt", {.high_water_mark = 1024});
  int rounds = 0;
  weir::Function<void()> write_data = [&] {
    int lines = 1;
    while (stream->write("Hello World\n")) ++lines;
    fmt::print("round {}: {} lines fill the buffer\n", ++rounds, lines);
    if (rounds == 3) return static_cast<void>(stream->end());
    stream->once<weir::Drain>([&] { write_data(); });
  };
  write_data();
  loop.run();
}
