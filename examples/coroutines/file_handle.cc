// A stream on an open FileHandle: FileHandle.createWriteStream.
#include <weir/weir.h>

int main() {
  weir::Loop loop;
  weir::co::run(loop, [&]() -> weir::Task<> {
    auto file = co_await weir::co::open(loop, "numbers.txt", "w");
    auto stream = file->create_write_stream();
    for (int i = 0; i < 3; ++i) co_await weir::co::print(*stream, " {} ", i);
    co_await weir::co::end(*stream);  // closes the handle, too
    fmt::print("closed\n");
  });
}
