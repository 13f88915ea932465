// A file into a file: the copy that the system makes is as fast as cp's.
#include <weir/weir.h>

int main() {
  weir::Loop loop;
  weir::fs::create_read_stream(loop, "input.txt")
      ->pipe(weir::fs::create_write_stream(loop, "output.txt"));
  loop.run();
}
