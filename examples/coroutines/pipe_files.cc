// Copies a file. The kernel copies the data, as fast as cp does; an error is thrown.
#include <weir/weir.h>

int main() {
  weir::Loop loop;
  weir::co::run(loop, [&]() -> weir::Task<> {
    co_await weir::co::pipeline(weir::fs::create_read_stream(loop, "input.txt"),
                                weir::fs::create_write_stream(loop, "output.txt"));
  });
}
