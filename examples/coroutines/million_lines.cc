// A million lines through a 16 KiB buffer, produced at the speed of the file.
#include <weir/weir.h>

int main() {
  weir::Loop loop;
  weir::co::run(loop, [&]() -> weir::Task<> {
    auto stream = weir::fs::create_write_stream(loop, "lines.txt");
    for (int i = 0; i < 1'000'000; ++i) co_await weir::co::print(*stream, "Line {}\n", i);
    co_await weir::co::end(*stream);
  });
}
