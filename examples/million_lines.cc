// A million lines through a 16 KiB buffer, produced at the speed of the file.
#include <weir/weir.h>

int main() {
  weir::Loop loop;
  auto stream = weir::fs::create_write_stream(loop, "lines.txt");
  weir::produce(*stream, [i = 0](auto& lines) mutable {
    lines.print("Line {}\n", i);
    return ++i < 1'000'000;  // false ends the stream
  });
  loop.run();  // throws an Error that has no listener
}
