// Copies a file. The kernel copies the data, as fast as cp does.
#include <weir/weir.h>

int main() {
  weir::Loop loop;
  weir::fs::create_read_stream(loop, "input.txt")
      ->pipe(weir::fs::create_write_stream(loop, "output.txt"));
  loop.run();
}
