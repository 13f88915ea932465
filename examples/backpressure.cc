// Writes ten thousand chunks, pausing while the buffer is full.
#include <weir/weir.h>

int main() {
  weir::Loop loop;
  auto stream = weir::fs::create_write_stream(loop, "output.txt");
  int i = 10'000;
  weir::Function<void()> write = [&] {
    bool ok = true;
    while (i > 0 && ok) ok = stream->print("Chunk {}\n", i--);
    if (i > 0)
      stream->once<weir::Drain>([&] { write(); });
    else
      stream->end();  // closes the file
  };
  write();
  loop.run();
}
