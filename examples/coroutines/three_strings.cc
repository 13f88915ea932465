// Write, write, end: the stream closes its file by itself.
#include <weir/weir.h>

int main() {
  weir::Loop loop;
  weir::co::run(loop, [&]() -> weir::Task<> {
    auto stream = weir::fs::create_write_stream(loop, "output.txt");
    co_await weir::co::write(*stream, "Hello World!\n");
    co_await weir::co::write(*stream, "Writing via stream...\n");
    co_await weir::co::end(*stream, "Goodbye!");
  });
}
