// The smallest program: three writes into a file.
#include <weir/weir.h>

int main() {
  weir::Loop loop;
  auto stream = weir::fs::create_write_stream(loop, "output.txt");
  stream->write("Hello, ");
  stream->write("this is a writable stream.\n");
  stream->end("Stream finished.");
  loop.run();
}
