// A million lines through a 16 KiB buffer: write until it is full, go on when it has drained.
#include <weir/weir.h>

int main() {
  weir::Loop loop;
  auto stream = weir::fs::create_write_stream(loop, "lines.txt");
  int i = 0;
  weir::Function<void()> write = [&] {
    while (i < 1'000'000) {
      if (!stream->print("Line {}\n", i++)) {  // the buffer is at its mark: stop
        stream->once<weir::Drain>([&] { write(); });
        return;
      }
    }
    stream->end();
  };
  write();
  loop.run();  // throws an Error that nobody listened to
}
