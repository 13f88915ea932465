// A custom high-water mark: the buffered size at which write() returns false.
#include <weir/weir.h>

int main() {
  weir::Loop loop;
  auto stream = weir::fs::create_write_stream(loop, "output.txt", {.high_water_mark = 4});
  fmt::print("{}\n", stream->writable_high_water_mark());
  stream->end();
  loop.run();
}
