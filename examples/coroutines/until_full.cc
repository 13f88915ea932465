// Writes 16 KiB chunks until the buffer is full, then waits until it has drained.
#include <weir/weir.h>

int main() {
  weir::Loop loop;
  weir::co::run(loop, [&]() -> weir::Task<> {
    auto stream = weir::fs::create_write_stream(loop, "large-file.txt");
    const auto chunk = weir::Buffer::adopt(std::string(16 * 1024, 'a'));
    while (stream->write(chunk)) {
    }
    fmt::print("Buffer full, waiting for drain...\n");
    co_await weir::co::ready(*stream);
    fmt::print("Buffer drained, resuming writing...\n");
    co_await weir::co::end(*stream);
  });
}
