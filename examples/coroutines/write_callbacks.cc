// Waits until the system has the data, and until the file is closed.
#include <weir/weir.h>

int main() {
  weir::Loop loop;
  weir::co::run(loop, [&]() -> weir::Task<> {
    auto stream = weir::fs::create_write_stream(loop, "output.txt");
    co_await weir::co::written(*stream, "Hello, World!");
    fmt::print("Data written!\n");
    co_await weir::co::end(*stream, "Goodbye, World!");
    fmt::print("Stream finished!\n");
  });
}
