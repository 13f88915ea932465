// A hundred thousand lines in bounded memory; ignoring write()'s result would buffer all of them.
#include <weir/weir.h>

int main() {
  weir::Loop loop;
  auto stream = weir::fs::create_write_stream(loop, "numbers.txt");
  weir::produce(*stream, [i = 1](auto& numbers) mutable {
    numbers.print("{}\n", i);
    return ++i <= 100'000;
  });
  loop.run();
}
