// Write, write, end: the stream closes its file by itself.
#include <weir/weir.h>

int main() {
  weir::Loop loop;
  auto stream = weir::fs::create_write_stream(loop, "output.txt");
  stream->write("Hello World!\n");
  stream->write("Writing via stream...\n");
  stream->end("Goodbye!");
  loop.run();
}
