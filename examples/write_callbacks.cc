// Callbacks of writes and of the end.
#include <weir/weir.h>

int main() {
  weir::Loop loop;
  auto stream = weir::fs::create_write_stream(loop, "output.txt");
  stream->write("Hello, World!", "utf8", [] { fmt::print("Data written!\n"); });
  // The callback of end() runs when all data is written; Close follows.
  stream->end("Goodbye, World!", "utf8", [] { fmt::print("Stream finished!\n"); });
  loop.run();
}
