// A hundred thousand lines in bounded memory.
#include <weir/weir.h>

int main() {
  weir::Loop loop;
  auto stream = weir::fs::create_write_stream(loop, "numbers.txt");
  int i = 1;
  // The seed's loop goes on where write() answers false and so holds it all in memory; this stops.
  weir::Function<void()> write = [&] {
    while (i <= 100'000)
      if (!stream->print("{}\n", i++)) return void(stream->once<weir::Drain>([&] { write(); }));
    stream->end();
  };
  write();
  loop.run();
}
