// A hundred thousand lines in bounded memory: each co_await waits while the buffer is full.
#include <weir/weir.h>

int main() {
  weir::Loop loop;
  weir::co::run(loop, [&]() -> weir::Task<> {
    auto stream = weir::fs::create_write_stream(loop, "numbers.txt");
    for (int i = 1; i <= 100'000; ++i) co_await weir::co::print(*stream, "{}\n", i);
    co_await weir::co::end(*stream);
  });
}
